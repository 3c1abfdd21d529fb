#!/usr/bin/env bash
# Runs the property tests again and again, with another seed each time, for some minutes; stops at the first failure.
set -euo pipefail

minutes=${1:?how many minutes}
end=$((SECONDS + minutes * 60))
rounds=0

while [ "$SECONDS" -lt "$end" ]; do
  seed=$(od -An -N8 -tu8 /dev/urandom | tr -d ' ')
  for package in porchlight-wire porchlight-documents porchlight-device; do
    if ! PROPTEST_RNG_SEED=$seed cargo test --quiet --package "$package" >target/soak.log 2>&1; then
      cat target/soak.log
      echo "replay with: PROPTEST_RNG_SEED=$seed cargo test --package $package"
      exit 1
    fi
  done
  rounds=$((rounds + 1))
done
echo "$rounds rounds of property tests in $minutes minutes, no failure"
