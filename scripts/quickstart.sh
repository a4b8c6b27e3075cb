#!/usr/bin/env bash
# From a fresh clone to events: environment, small encoder, training, scores, predictions, a page to look at.
#   scripts/quickstart.sh [KEY=VALUE ...]   settings of configs/mini.yaml to change, e.g. trainer.max_steps=100
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bin="${RASD_VENV:-.venv}/bin"
model=runs/mini
for setting in "$@"; do
  case "$setting" in
    output_dir=*) model="${setting#output_dir=}" ;;
    *=*) ;;
    *)
      echo "quickstart: got '$setting', expected KEY=VALUE, such as trainer.max_steps=100" >&2
      exit 2
      ;;
  esac
done

# timed WHAT COMMAND...: run the command and say how long it took.
timed() {
  local what="$1" started=$SECONDS
  shift
  printf '\n== %s\n' "$what"
  if ! "$@"; then
    echo "quickstart: FAILED: $what" >&2
    exit 1
  fi
  printf -- '-- %s: %s s\n' "$what" "$((SECONDS - started))"
}

timed "environment" scripts/setup_env.sh
timed "small encoder" "$bin/python" scripts/build_mini_encoder.py
timed "training" "$bin/python" train/train.py --config configs/mini.yaml "$@"
timed "scores on the test set" "$bin/rasd" evaluate --model "$model" --data data/conflict/test.jsonl \
  --output "$model/scores-test.json"
timed "events in an article" "$bin/rasd" predict --model "$model" --input data/examples/article.txt \
  --output "$model/article.jsonl"
"$bin/rasd" show "$model/article.jsonl"
timed "a page of them" "$bin/rasd" render "$model/article.jsonl" --output "$model/article.html"

cat <<END

Done in $SECONDS s.
  checkpoint   $model
  scores       $model/scores-test.json
  events       $model/article.jsonl
  page         $model/article.html
Next: $bin/rasd predict --model $model --input YOUR.txt --output YOUR.jsonl
END
