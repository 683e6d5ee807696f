#!/usr/bin/env bash
# Runs the tests of the core and of the ML.NET part on a device, with a libtorch that is already on the machine.
#
#   tests/gpu/run.sh LIBTORCH [DEVICE] [BUILD]
#
#   LIBTORCH  folder with libtorch_cpu.so and, for CUDA, libtorch_cuda.so: torch/lib of a PyTorch 2.10 with CUDA, for example
#   DEVICE    cuda:0 (default), cuda:N, or cpu for a dry run
#   BUILD     folder of the builds; made if it is not there, default artifacts/gpu. Copy it to a machine without the .NET SDK and run this there.
#
# The builds are self-contained, trimmed, and hold no libtorch. Tests that start other programs of the repository are left out.
#
# It was run on a CPU only (DEVICE cpu, libtorch_cpu 2.10.0 of the NuGet package, two cores): it builds, loads the given libtorch and runs to its end: 1,722 tests, 8 of them skipped for want of data sets. Two failed: the check of
# sources for named devices, as in the ordinary build of that day, and once a power with a Scalar that TorchSharp frees too early.
# It has never been run on a GPU, so nothing is known of CUDA.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

if [[ $# -lt 1 || ! -f "$1/libtorch_cpu.so" ]]; then
    echo "Usage: tests/gpu/run.sh LIBTORCH [DEVICE] [BUILD]; LIBTORCH is a folder with libtorch_cpu.so." >&2
    exit 2
fi

libtorch=$(cd "$1" && pwd) device=${2:-cuda:0} build=${3:-$root/artifacts/gpu}
if [[ "$device" == cuda* && ! -f "$libtorch/libtorch_cuda.so" ]]; then
    echo "'$libtorch' has no libtorch_cuda.so, so it cannot serve device $device." >&2
    exit 2
fi

projects=(MLNetUnlearning.Core.Tests MLNetUnlearning.Tests)
for project in "${projects[@]}"; do
    if [[ ! -x "$build/$project/$project" ]]; then
        dotnet publish "$root/tests/$project" -c Release -o "$build/$project" --self-contained \
            -p:SelfContained=true -p:PublishTrimmed=true -p:TrimMode=partial -p:SuppressTrimAnalysisWarnings=true -p:TreatWarningsAsErrors=false \
            -p:JsonSerializerIsReflectionEnabledByDefault=true
        # What the given folder brings itself.
        rm -f "$build/$project"/libtorch*.so "$build/$project"/libc10*.so "$build/$project"/libshm*.so "$build/$project"/lib*_backend*.so
    fi
done

code=0
for project in "${projects[@]}"; do
    echo "== $project on $device"
    MLNETUNLEARNING_LIBTORCH=$libtorch MLNETUNLEARNING_DEVICE=$device "$build/$project/$project" \
        --filter "FullyQualifiedName!~Process&FullyQualifiedName!~QuickStart" || code=$?
done
exit "$code"
