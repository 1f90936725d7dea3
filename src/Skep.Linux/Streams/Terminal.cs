using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Events;
using Skep.Linux.Handles;
using Skep.Linux.Interop;
using Skep.Linux.Processes;

namespace Skep.Linux.Streams;

/// <summary>
/// The terminal of standard input and output in raw mode: keys come one by one and unechoed, the screen is the alternate one, the cursor is
/// hidden. Disposed, stopped (SIGTSTP) or ended by SIGQUIT, all is as it was; continued in the foreground, it is set up again with the
/// next frame.
/// </summary>
public sealed unsafe partial class Terminal : IDisposable
{
    private const int Input = 0, Output = 1, Error = 2;
    private const int TCSANOW = 0, TCIFLUSH = 0;
    private const nuint TIOCGWINSZ = 0x5413;

    // struct termios (bits/termios-struct.h).
    internal const int TermiosSize = 60;

    // A frame that the terminal does not take must not keep a signal from leaving it.
    private static readonly TimeSpan FramePatience = TimeSpan.FromMilliseconds(500);

    private readonly byte[] _before = new byte[TermiosSize];
    private readonly FileHandle _keys;
    private readonly EventPoll _poll = new();
    private readonly DescriptorStream _screen = DescriptorStream.StandardOutput();
    private readonly PosixSignalRegistration[] _signals;
    private readonly object _entering = new();
    private bool _isTakenOver, _isEnded;
    private int _stopping;

    private Terminal(FileHandle keys)
    {
        _keys = keys;
        fixed (byte* before = _before)
        {
            using var use = new FdUse(keys);
            if (tcgetattr(use.Number, before) != 0) throw Failure("read the terminal's settings");
        }

        _signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTSTP, Stop),
            PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => Continue()),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Quit),
        ];

        // Also when the process ends by an exception that nobody catches.
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        AppDomain.CurrentDomain.UnhandledException += OnExit;
    }

    /// <summary>Whether standard input and output are a terminal that can be set up.</summary>
    public static bool IsAvailable =>
        IsTerminal(Input) && IsTerminal(Output) && Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } and not "dumb";

    /// <summary>Whether standard input is a terminal.</summary>
    public static bool IsInput => IsTerminal(Input);

    /// <summary>Whether standard output is a terminal.</summary>
    public static bool IsOutput => IsTerminal(Output);

    /// <summary>Whether standard error is a terminal.</summary>
    public static bool IsError => IsTerminal(Error);

    /// <summary>
    /// Whether standard input is a terminal that this process may read: the kernel stops a job in the background that does
    /// (tty_check_change).
    /// </summary>
    public static bool IsReadable => IsInput && IsForeground;

    /// <summary>Columns and rows of the terminal of standard output now; 80 by 24 where it has no size.</summary>
    public static (int Columns, int Rows) Size
    {
        get
        {
            // struct winsize: rows, columns, and pixels.
            ushort* size = stackalloc ushort[4];
            return ioctl(Output, TIOCGWINSZ, size) == 0 && size[0] > 0 && size[1] > 0 ? (size[1], size[0]) : (80, 24);
        }
    }

    private static bool IsForeground => tcgetpgrp(Input) == getpgrp();

    /// <summary>
    /// Forgets what was typed on the terminal of standard input and not read yet, so that it answers no question that comes after.
    /// </summary>
    public static void DropTypedAhead() => _ = tcflush(Input, TCIFLUSH);

    /// <summary>Makes ready to take it over, which the first frame does.</summary>
    /// <exception cref="KernelException">It is no terminal, or not this process's.</exception>
    public static Terminal Open()
    {
        int own = Libc.open("/proc/self/fd/0", Libc.O_RDONLY | Libc.O_NONBLOCK | Libc.O_CLOEXEC | Libc.O_NOCTTY);
        FileHandle keys = FileHandle.Own(own >= 0 ? own : Libc.fcntl(Input, Libc.F_DUPFD_CLOEXEC, 0), "duplicate standard input");
        try
        {
            return new Terminal(keys);
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    /// <summary>Waits for bytes of keys.</summary>
    /// <returns>How many came; 0 when time is up or after <see cref="Wake"/>; -1 when the terminal was removed.</returns>
    public int Read(TimeSpan timeout, Span<byte> keys)
    {
        Span<ulong> ready = stackalloc ulong[1];
        if (_poll.Wait(timeout, ready) == 0) return 0;
        using var use = new FdUse(_keys);
        nint read;
        fixed (byte* bytes = keys) read = Libc.read(use.Number, bytes, (nuint)keys.Length);
        if (read > 0) return (int)read;
        return read < 0 && Marshal.GetLastPInvokeError() is Errno.EAGAIN or Errno.EINTR ? 0 : -1;
    }

    /// <summary>Ends the current <see cref="Read"/>, or the next one, from any thread.</summary>
    public void Wake() => _poll.Wake();

    /// <summary>Writes a frame. In the background it is dropped: the terminal is another's then.</summary>
    /// <exception cref="IOException">The terminal was removed.</exception>
    public void Write(ReadOnlySpan<byte> frame)
    {
        lock (_entering)
        {
            if (_isEnded || Volatile.Read(ref _stopping) != 0 || !IsForeground) return;
            if (!_isTakenOver) Enter();
            _screen.Write(frame);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals) signal.Dispose();
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        AppDomain.CurrentDomain.UnhandledException -= OnExit;
        Leave(forGood: true);
        _poll.Dispose();
        _keys.Dispose();
        _screen.Dispose();
    }

    internal static bool IsTerminal(int fd) => isatty(fd) == 1;

    private void OnExit(object? sender, EventArgs e) => Leave(forGood: true);

    // By the signal's own action, so that the shell sees why it stopped. A process that no shell could continue is not stopped by it.
    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Exchange(ref _stopping, 1) != 0) return;
        Leave(forGood: false);
        DefaultSignal.Raise(DefaultSignal.SIGTSTP);
        Volatile.Write(ref _stopping, 0);
        Continue();
    }

    // The shell may have set the terminal meanwhile, also when it was SIGSTOP that stopped the process.
    private void Continue()
    {
        lock (_entering)
        {
            if (_isEnded) return;
            if (_isTakenOver) _poll.Remove(_keys);
            _isTakenOver = false;
            _poll.Wake();
        }
    }

    private void Quit(PosixSignalContext context)
    {
        context.Cancel = true;
        OutputDeadline.Set();
        Leave(forGood: true);
        DefaultSignal.Raise(DefaultSignal.SIGQUIT);
    }

    private void Enter()
    {
        byte* raw = stackalloc byte[TermiosSize];
        _before.CopyTo(new Span<byte>(raw, TermiosSize));
        cfmakeraw(raw);
        if (tcsetattr(Input, TCSANOW, raw) != 0) throw Failure("set the terminal to raw keys");
        _poll.Add(_keys, 0);
        _isTakenOver = true;

        // The alternate screen, no cursor, no wrap at the end of a line.
        _screen.Write("\e[?1049h\e[?25l\e[?7l"u8);
    }

    private void Leave(bool forGood)
    {
        bool isMine = Monitor.TryEnter(_entering, FramePatience);
        try
        {
            if (forGood) _isEnded = true;
            if (!_isTakenOver) return;
            _isTakenOver = false;
            _poll.Remove(_keys);
            if (!IsForeground) return;
            _ = tcflush(Input, TCIFLUSH);
            fixed (byte* before = _before) _ = tcsetattr(Input, TCSANOW, before);
            _screen.Write("\e[?7h\e[?25h\e[?1049l"u8);
        }
        catch (IOException)
        {
            // The terminal was removed, or takes nothing: there is nothing to restore on it.
        }
        finally
        {
            if (isMine) Monitor.Exit(_entering);
        }
    }

    private static KernelException Failure(string what) => new(what, new Errno(Marshal.GetLastPInvokeError()));

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
