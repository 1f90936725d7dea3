using System.Reflection;
using System.Runtime.InteropServices;

namespace Skep.Bpf.Interop;

/// <summary>
/// Where <c>bpf</c> and <c>libc</c> are found when they are shared libraries. A binary that links libbpf statically
/// (NativeAOT with <c>DirectPInvoke</c>) never asks.
/// </summary>
internal static class NativeLibraries
{
    private static int s_registered;

    internal static void Register()
    {
        if (Interlocked.Exchange(ref s_registered, 1) == 0)
            NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name switch
    {
        // The unversioned names belong to development packages; libc.so is a linker script there.
        "bpf" => NativeLibrary.Load("libbpf.so.1"),
        "libc" => NativeLibrary.Load("libc.so.6"),
        _ => 0,
    };
}
