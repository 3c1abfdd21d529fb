#!/usr/bin/env bash
# Half of some minutes the simulation plays seeds that nobody has seen, the other half the property tests run again and
# again with other numbers; then come 100 rounds of real faults, however long they take. Stops at the first failure, and
# says how to replay it.
set -euo pipefail

minutes=${1:?how many minutes}
half=$(((minutes + 1) / 2))
rounds=0

SOAK_MINUTES=$half cargo test --quiet --package porchlight-tests --test sim seeds -- --nocapture

end=$((SECONDS + (minutes - half) * 60))
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

PORCHLIGHT_ROUNDS=100 PORCHLIGHT_SEED=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ') \
  cargo test --quiet --package porchlight-tests --test e2e faults
echo "no failure in $minutes minutes: $half of the simulation, $rounds rounds of property tests, and 100 rounds of real faults"
