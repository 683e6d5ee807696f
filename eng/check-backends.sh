#!/usr/bin/env bash
# Checks what -p:ComputeBackend does to a project's packages. Run it after a change to NativeBackend.props.
#
#   eng/check-backends.sh [--graph-only] [project]      project: default tests/MLNetUnlearning.Core.Tests
#
# cpu must restore. cuda must ask for the CUDA packages instead of the CPU ones and restore too, unless the feeds lack those packages;
# where they have them this downloads gigabytes, and --graph-only leaves it out. Any other value must be refused.
# Writes nothing into the repository.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

restore=true
if [[ "${1:-}" == --graph-only ]]; then
    restore=false
    shift
fi

project=${1:-tests/MLNetUnlearning.Core.Tests}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAILED: $1" >&2
    exit 1
}

# Runs an msbuild target for a backend; output goes to $work/log, build files to $work.
build() {
    dotnet msbuild "$project" -nologo "-t:$2" "-p:ComputeBackend=$1" -p:UseArtifactsOutput=true "-p:ArtifactsPath=$work/$1" "${@:3}" >"$work/log" 2>&1
}

# The packages that the project and its references ask for directly, one a line.
packages() {
    build "$1" GenerateRestoreGraphFile "-p:RestoreGraphOutputPath=$work/$1.json" || { cat "$work/log" >&2; fail "no package graph for $1"; }
    sed -nE 's/^ *"([A-Za-z0-9.-]+)": \{ *$/\1/p' "$work/$1.json" | sort -u
}

wants() { packages "$1" | grep -qxE "$2" || fail "$1 does not ask for $2"; }
avoids() { ! packages "$1" | grep -xE "$2" || fail "$1 asks for the package above"; }

cpu='(libtorch-cpu-linux-x64|TorchSharp-cpu|Microsoft\.ML\.OnnxRuntime)'
cuda='(TorchSharp-cuda-linux|Microsoft\.ML\.OnnxRuntime\.Gpu)'

wants cpu '(libtorch-cpu-linux-x64|TorchSharp-cpu)'
wants cpu 'Microsoft\.ML\.OnnxRuntime'
avoids cpu "$cuda"
build cpu Restore || { cat "$work/log" >&2; fail "cpu does not restore"; }
echo "cpu: CPU packages only, restored"

wants cuda 'TorchSharp-cuda-linux'
wants cuda 'Microsoft\.ML\.OnnxRuntime\.Gpu'
avoids cuda "$cpu"
if ! $restore; then
    echo "cuda: CUDA packages only, restore not tried"
elif build cuda Restore; then
    echo "cuda: CUDA packages only, restored"
else
    # NU1101: no such package; NU1102: not in this version. Anything else is a fault of ours.
    if grep -E 'error|warning' "$work/log" | grep -vE "error NU110[12]:( Unable to find package $cuda[. ]|   - Found )" >&2; then
        fail "cuda does not restore, for more than the lack of CUDA packages on the feeds"
    fi

    grep -qE 'error NU110[12]' "$work/log" || { cat "$work/log" >&2; fail "cuda does not restore"; }
    echo "cuda: CUDA packages only; not restored, because the feeds lack:" "$(grep -oE "$cuda" "$work/log" | sort -u | paste -sd ' ')"
fi

for target in Restore Build; do
    if build rocm "$target"; then
        fail "ComputeBackend=rocm is not refused by $target"
    fi

    grep -q "ComputeBackend is 'rocm'; use cpu or cuda." "$work/log" || { cat "$work/log" >&2; fail "ComputeBackend=rocm fails without saying why"; }
done
echo "rocm: refused with a clear error"
