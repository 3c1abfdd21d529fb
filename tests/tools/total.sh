#!/usr/bin/env bash
# Adds up what the test runners said in the log files named as arguments, in one closing line.
set -euo pipefail

# Colours are removed first. The shapes read, one for each runner:
#   cargo test   test result: ok. 12 passed; 0 failed; 0 ignored; …
#   Vitest            Tests  1 failed | 12 passed (13)
#   Playwright     12 passed (30.1s)
#   node --test  # pass 12
sed -E 's/\x1b\[[0-9;]*[A-Za-z]//g' "$@" | awk '
  function before(word,  i) { for (i = 2; i <= NF; i++) if ($i ~ "^" word) return $(i - 1) + 0; return 0 }
  /^test result: / || /^ *Tests +[0-9]/ || /^ *[0-9]+ (passed|failed)( \(|$)/ {
    passed += before("passed"); failed += before("failed")
  }
  /^(#|ℹ) pass [0-9]+$/ { passed += $3 }
  /^(#|ℹ) fail [0-9]+$/ { failed += $3 }
  END {
    printf "%d passed, %d failed\n", passed, failed
    exit (failed > 0 || passed == 0)
  }
'
