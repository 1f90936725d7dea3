using System.Runtime.InteropServices;

namespace Skep.Linux.Interop;

/// <summary>OpenSSL, which .NET opens when its cryptography is first used. Where it cannot be opened, .NET aborts the process.</summary>
public static class OpenSsl
{
    // Those that .NET looks for, in its order (src/native/libs/System.Security.Cryptography.Native/opensslshim.c of dotnet/runtime).
    private static readonly string[] Names = ["libssl.so.3", "libssl.so.1.1"];

    /// <summary>What to do where it cannot be opened.</summary>
    public const string Remedy = "apt install libssl3, or what has libssl.so.3 in this distribution";

    /// <summary>Whether it can be opened. It stays open.</summary>
    public static bool IsInstalled() => Names.Any(name => NativeLibrary.TryLoad(name, out _));
}
