using System.Runtime.InteropServices;
using Skep.Linux.Interop;

namespace Skep.Bpf.Interop;

/// <summary>Where the native libraries of this assembly are found.</summary>
internal static class BpfLibraries
{
    static BpfLibraries() => NativeLibrary.SetDllImportResolver(typeof(BpfLibraries).Assembly, NativeLibraries.Resolve);

    /// <summary>Makes the libraries known to this assembly, once.</summary>
    internal static void Register()
    {
    }
}
