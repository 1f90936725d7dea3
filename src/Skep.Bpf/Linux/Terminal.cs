using System.Runtime.InteropServices;
using Skep.Bpf.Interop;

namespace Skep.Bpf;

/// <summary>
/// The terminal of standard input and output, taken over: keys come one by one and unechoed, the screen is the alternate one, the cursor is hidden.
/// Disposed, all is as it was.
/// </summary>
public sealed unsafe partial class Terminal : IDisposable
{
    private const int Input = 0, Output = 1;
    private const int TCSAFLUSH = 2, TCIFLUSH = 0;
    private const nuint TIOCGWINSZ = 0x5413;

    // struct termios (bits/termios-struct.h).
    internal const int TermiosSize = 60;

    private readonly byte[] _before = new byte[TermiosSize];
    private readonly FileHandle _keys;
    private readonly EventPoll _poll = new();
    private readonly DescriptorStream _screen = DescriptorStream.StandardOutput();
    private int _restored;

    private Terminal(FileHandle keys) => _keys = keys;

    /// <summary>Whether standard input and output are a terminal that can be taken over.</summary>
    public static bool IsAvailable =>
        isatty(Input) == 1 && isatty(Output) == 1 && Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } and not "dumb";

    /// <summary>Whether standard input is a terminal that this process may read: the kernel stops a job in the background that does (tty_check_change).</summary>
    public static bool IsReadable => isatty(Input) == 1 && tcgetpgrp(Input) == getpgrp();

    /// <summary>Forgets what was typed on the terminal of standard input and not read yet, so that it answers no question that comes after.</summary>
    public static void DropTypedAhead() => _ = tcflush(Input, TCIFLUSH);

    /// <summary>Takes it over.</summary>
    /// <exception cref="BpfException">It is no terminal, or not this process's.</exception>
    public static Terminal Open()
    {
        var terminal = new Terminal(FileHandle.Own(Libc.fcntl(Input, Libc.F_DUPFD_CLOEXEC, 0), "duplicate standard input"));
        try
        {
            terminal.Enter();
        }
        catch
        {
            terminal.Dispose();
            throw;
        }

        return terminal;
    }

    /// <summary>Columns and rows now; 80 by 24 where the terminal does not tell.</summary>
    public (int Columns, int Rows) Size
    {
        get
        {
            // struct winsize: rows, columns, and pixels.
            ushort* size = stackalloc ushort[4];
            return ioctl(Output, TIOCGWINSZ, size) == 0 && size[0] > 0 && size[1] > 0 ? (size[1], size[0]) : (80, 24);
        }
    }

    /// <summary>Waits for bytes of keys.</summary>
    /// <returns>How many came; 0 when time is up or after <see cref="Wake"/>; -1 when the terminal is gone.</returns>
    public int Read(TimeSpan timeout, Span<byte> keys)
    {
        Span<ulong> ready = stackalloc ulong[1];
        if (_poll.Wait(timeout, ready) == 0) return 0;
        using var use = new FdUse(_keys);
        nint read;
        fixed (byte* bytes = keys) read = Libc.read(use.Number, bytes, (nuint)keys.Length);
        return read > 0 ? (int)read : -1;
    }

    /// <summary>Ends the current <see cref="Read"/>, or the next one, from any thread.</summary>
    public void Wake() => _poll.Wake();

    /// <summary>Writes a frame.</summary>
    public void Write(ReadOnlySpan<byte> frame) => _screen.Write(frame);

    /// <inheritdoc/>
    public void Dispose()
    {
        Restore();
        _poll.Dispose();
        _keys.Dispose();
    }

    private void Enter()
    {
        fixed (byte* before = _before)
        {
            if (tcgetattr(Input, before) != 0) throw Failure("read the terminal's settings");
            byte* raw = stackalloc byte[TermiosSize];
            new ReadOnlySpan<byte>(before, TermiosSize).CopyTo(new Span<byte>(raw, TermiosSize));
            cfmakeraw(raw);
            if (tcsetattr(Input, TCSAFLUSH, raw) != 0) throw Failure("set the terminal to raw keys");
        }

        // The alternate screen, no cursor, no wrap at the end of a line.
        _screen.Write("\e[?1049h\e[?25l\e[?7l"u8);
        _poll.Add(_keys, 0);

        // Also when the process ends by an exception that nobody catches.
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        AppDomain.CurrentDomain.UnhandledException += OnExit;
    }

    private void OnExit(object? sender, EventArgs e) => Restore();

    private void Restore()
    {
        if (Interlocked.Exchange(ref _restored, 1) != 0) return;
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        AppDomain.CurrentDomain.UnhandledException -= OnExit;
        try
        {
            _screen.Write("\e[?7h\e[?25h\e[?1049l"u8);
        }
        catch (IOException)
        {
            // The terminal is gone: there is nothing to restore on it.
        }

        fixed (byte* before = _before) _ = tcsetattr(Input, TCSAFLUSH, before);
    }

    private static BpfException Failure(string what) => new(what, new Errno(Marshal.GetLastPInvokeError()));

    [LibraryImport("libc")]
    private static partial int isatty(int fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int tcgetattr(int fd, byte* termios);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int tcsetattr(int fd, int actions, byte* termios);

    [LibraryImport("libc")]
    private static partial int tcgetpgrp(int fd);

    [LibraryImport("libc")]
    private static partial int getpgrp();

    [LibraryImport("libc")]
    private static partial int tcflush(int fd, int queue);

    [LibraryImport("libc")]
    private static partial void cfmakeraw(byte* termios);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int fd, nuint request, void* argument);
}
