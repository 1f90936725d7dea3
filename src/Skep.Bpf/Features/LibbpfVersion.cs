using System.Runtime.InteropServices;
using Skep.Bpf.Interop;

namespace Skep.Bpf;

/// <summary>The version of libbpf in use.</summary>
public static unsafe class LibbpfVersion
{
    /// <summary>As libbpf itself gives it: <c>v1.1</c>.</summary>
    public static string Text => Marshal.PtrToStringUTF8((nint)LibBpf.libbpf_version_string()) ?? "";
}
