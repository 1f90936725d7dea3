using System.Reflection;
using System.Runtime.InteropServices;

namespace Skep.Linux.Interop;

/// <summary>
/// Where <c>bpf</c> and <c>libc</c> are found when they are shared libraries. A binary that links libbpf statically
/// (NativeAOT with <c>DirectPInvoke</c>) never asks.
/// </summary>
internal static class NativeLibraries
{
    static NativeLibraries() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);

    /// <summary>Makes the libraries known to this assembly, once.</summary>
    internal static void Register()
    {
    }

    /// <summary>Loads a library by its versioned name.</summary>
    internal static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name switch
    {
        // The unversioned names belong to development packages; libc.so is a linker script there.
        "bpf" => NativeLibrary.Load("libbpf.so.1"),
        "libc" => NativeLibrary.Load("libc.so.6"),
        _ => 0,
    };
}
