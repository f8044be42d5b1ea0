#!/usr/bin/env bash
# What can be known of the deployment without Google Cloud; `make terraform` runs it. With -update, the tables in README.md are
# written anew. With -if-within-reach it is no failure that the provider cannot be had: that is told, and the format alone checked.
set -euo pipefail
cd "$(dirname "$0")"

out_of_reach=1
if [ "${1:-}" = -if-within-reach ]; then
  out_of_reach=0
  shift
fi

if ! command -v terraform >/dev/null; then
  echo "terraform is not installed (1.9 or later is needed): the deployment was not checked."
  [ "${CI:-}" != true ]
  exit
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1

# Where the provider's registry is out of reach, a stand-in that knows its arguments will do. Terraform works on a copy, so that
# neither it nor the lock file gets in here.
if [ ! -e "${TF_CLI_CONFIG_FILE:-/nowhere}" ] && [ -x "${PROVIDER_STAND_IN:-}" ]; then
  TF_CLI_CONFIG_FILE=$("$PROVIDER_STAND_IN" "$work/provider" | tail -n 1)
  export TF_CLI_CONFIG_FILE
fi

terraform fmt -check -recursive -diff .
cp -r . "$work/terraform"
cd "$work/terraform"
rm -rf .bundles .terraform .terraform.lock.hcl
cp -r tests/bundles .bundles # which the examples would use: plans of them read no archive

if ! terraform init -backend=false -input=false >"$work/init.log" 2>&1; then
  cat "$work/init.log"
  grep -q 'could not connect to' "$work/init.log" || exit 1
  echo "The provider hashicorp/google could not be had, from its registry or from a stand-in: but for its format the deployment was not checked."
  exit "$out_of_reach"
fi

checked() {
  terraform init -backend=false -input=false >"$work/init.log" || { cat "$work/init.log"; return 1; }
  terraform validate
}
for example in examples/*/; do
  echo "$example"
  (cd "$example" && checked)
done
terraform validate
terraform test -no-color >"$work/test.log" 2>&1 || { cat "$work/test.log"; exit 1; }
tail -n 1 "$work/test.log"

# What the Go tests compare with the local cloud: what would be there, and what can be given and is given out. A plan in which
# nothing is asked for needs no provider that can plan.
terraform test -json -verbose -filter=tests/functions.tftest.hcl >"$work/applied.json"
terraform plan -input=false -target=terraform_data.none -var-file=tests/terraform.tfvars -out="$work/plan" >"$work/plan.log" 2>&1 || { cat "$work/plan.log"; exit 1; }
terraform show -json "$work/plan" >"$work/configuration.json"

cd - >/dev/null
export SESSIONBRIDGE_TERRAFORM=$work
go test -count=1 . -args "$@"
go test -count=1 -run Terraform ../emulator/local
