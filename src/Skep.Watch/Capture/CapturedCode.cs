namespace Skep.Watch.Capture;

/// <summary>
/// The same memory of a process read twice: when a call began and when it ended. The second reading is kept as one
/// with the first until a byte differs, so that a program of a million instructions is held once.
/// </summary>
internal sealed class CapturedCode
{
    private BlobBuffer? _kernel;
    private BlobBuffer? _enter;
    private BlobBuffer? _exit;
    private uint _agreeing;

    /// <summary>The kernel's own copy; null when it was not seen.</summary>
    public BlobBuffer? Kernel => _kernel;

    /// <summary>The bytes as read at entry; null when nothing was.</summary>
    public BlobBuffer? Enter => _enter;

    /// <summary>The bytes as read at exit; null when nothing was.</summary>
    public BlobBuffer? Exit => _exit ?? (_agreeing > 0 ? _enter : null);

    public void AddKernel(in BlobRecord header, ReadOnlySpan<byte> bytes) => (_kernel ??= new BlobBuffer(header.Total)).Add(header, bytes);

    public void AddEnter(in BlobRecord header, ReadOnlySpan<byte> bytes) => (_enter ??= new BlobBuffer(header.Total)).Add(header, bytes);

    public void AddExit(in BlobRecord header, ReadOnlySpan<byte> bytes)
    {
        if (_exit is null)
        {
            if (_enter is { } enter && header.Missing == 0 && header.Offset == _agreeing && enter.IsWhole
                && (ulong)header.Offset + header.Length <= (ulong)enter.Bytes.Length
                && enter.Bytes.Slice((int)header.Offset, (int)header.Length).SequenceEqual(bytes))
            {
                _agreeing += header.Length;
                return;
            }

            _exit = new BlobBuffer(header.Total);
            if (_agreeing > 0) _exit.AddRead(0, _enter!.Bytes[..(int)_agreeing]);
        }

        _exit.Add(header, bytes);
    }

    /// <summary>Whether the reading at exit is whole: every page was there, no piece was lost.</summary>
    public bool ExitIsWhole => _exit is not null ? _exit.IsWhole : _enter is { } enter && _agreeing == enter.Total;

    /// <summary>Whether both readings are whole and equal.</summary>
    public bool Agrees => _enter is { IsWhole: true } enter
        && (_exit is null ? _agreeing == enter.Total : _exit.IsWhole && _exit.Bytes.SequenceEqual(enter.Bytes));
}
