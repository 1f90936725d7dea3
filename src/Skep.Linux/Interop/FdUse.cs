using System.Runtime.InteropServices;

namespace Skep.Linux.Interop;

/// <summary>Keeps a handle's descriptor open for the length of a <c>using</c> block.</summary>
internal readonly ref struct FdUse
{
    private readonly SafeHandle? _handle;

    internal FdUse(SafeHandle? handle)
    {
        if (handle is null)
        {
            Number = -1;
            return;
        }

        bool added = false;
        handle.DangerousAddRef(ref added);
        _handle = handle;
        Number = (int)handle.DangerousGetHandle();
    }

    /// <summary>The descriptor; -1 for a null handle.</summary>
    internal int Number { get; }

    public void Dispose() => _handle?.DangerousRelease();
}
