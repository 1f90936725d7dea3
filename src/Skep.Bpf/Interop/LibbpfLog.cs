using System.Runtime.InteropServices;
using System.Text;
using Skep.Linux.Interop;

namespace Skep.Bpf.Interop;

/// <summary>
/// What libbpf says during one call. libbpf's print callback is process-wide but is called on the thread that called libbpf,
/// so a thread-local collector keeps the messages of concurrent calls apart. Nothing is ever printed.
/// </summary>
internal sealed unsafe class LibbpfLog : IDisposable
{
    private const int LevelDebug = 2;

    [ThreadStatic]
    private static LibbpfLog? t_current;

    private readonly LibbpfLog? _outer;
    private readonly StringBuilder _text = new();

    static LibbpfLog() => LibBpf.libbpf_set_print(&Print);

    private LibbpfLog()
    {
        _outer = t_current;
        t_current = this;
    }

    internal static LibbpfLog Begin() => new();

    internal string Text => _text.ToString();

    public void Dispose() => t_current = _outer;

    [UnmanagedCallersOnly]
    private static int Print(int level, byte* format, nint arguments)
    {
        try
        {
            if (t_current is not { } log || level >= LevelDebug) return 0;
            byte* text = null;
            int length = Libc.vasprintf(&text, format, arguments);
            if (length < 0) return 0;
            try
            {
                log._text.Append(Encoding.UTF8.GetString(text, length));
            }
            finally
            {
                Libc.free((nint)text);
            }

            return length;
        }
        catch (Exception)
        {
            return 0;
        }
    }
}
