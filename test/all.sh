#!/usr/bin/env bash
# All tests on a fresh Debian or Ubuntu machine that has Node.js >= 20.19 and npm.
# Installs what is missing through apt where that is allowed, and says what is missing where it is not.
# SKIP_REAL_REGISTRY=1 leaves out the tests that need docker-registry; REGISTRY_BIN names another binary.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Commands the tests use (any of them will do), and the Debian package that brings them.
components=(
  "docker-registry,registry docker-registry"
  "openssl openssl"
  "curl curl"
  "xmllint libxml2-utils"
  "chromium,chromium-browser,google-chrome chromium"
  "htpasswd apache2-utils"
)

say() { printf '%s\n' "$*" >&2; }

have_any() {
  local name
  for name in ${1//,/ }; do
    PATH="$PATH:/usr/sbin:/sbin" command -v "$name" >/dev/null 2>&1 && return 0
  done
  return 1
}

missing_packages() {
  local component commands package
  for component in "${components[@]}"; do
    read -r commands package <<<"$component"
    if [ "$package" = docker-registry ]; then
      [ "${SKIP_REAL_REGISTRY:-}" = 1 ] && continue
      [ -n "${REGISTRY_BIN:-}" ] && [ -x "$REGISTRY_BIN" ] && continue
    fi
    have_any "$commands" || printf '%s\n' "$package"
  done
}

# The tests start their own processes on free ports: no service is wanted. RUNLEVEL=1 keeps the packages'
# scripts from starting one where they ask for it; where they do not, the service does not disturb the tests.
apt() {
  if [ "$(id -u)" = 0 ]; then
    env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq "$@"
  else
    sudo -n env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq "$@"
  fi
}

may_install() {
  command -v apt-get >/dev/null 2>&1 || return 1
  [ "$(id -u)" = 0 ] || sudo -n true >/dev/null 2>&1
}

if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
  say "missing: Node.js >= 20.19 and npm"
  exit 1
fi
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' || {
  say "Node.js $(node --version) is too old: >= 20.19 is needed"
  exit 1
}

mapfile -t missing < <(missing_packages)
if [ "${#missing[@]}" -gt 0 ] && may_install; then
  say "installing: ${missing[*]}"
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  apt update >"$log" 2>&1 || say "apt-get update: $(tail -n 1 "$log")"
  # One by one: a package that this release lacks must not keep the others out.
  for package in "${missing[@]}"; do
    apt install -y --no-install-recommends "$package" >"$log" 2>&1 || say "apt-get install $package: $(tail -n 1 "$log")"
  done
  mapfile -t missing < <(missing_packages)
fi
for package in ${missing[@]+"${missing[@]}"}; do
  say "missing: $package (sudo apt-get install $package); the tests that need it will fail"
  if [ "$package" = docker-registry ]; then
    say "  or set REGISTRY_BIN to a registry binary, or SKIP_REAL_REGISTRY=1 to leave those tests out"
  fi
done

# Without scripts: none of the packages needs one, and the tests build `dist` themselves.
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
exec npm test --silent
