using System.Runtime.InteropServices;
using Skep.Linux.Streams;

namespace Skep.Cli.Live;

/// <summary>A screen as a live view.</summary>
/// <param name="screen">The screen.</param>
/// <param name="terminal">What it fills.</param>
internal sealed class ScreenSource(IScreen screen, Terminal terminal) : ILiveSource
{
    // SIGWINCH of x86-64 and arm64.
    private const PosixSignal WindowChanged = (PosixSignal)28;

    private volatile bool _stopping;

    /// <summary>Whether the terminal shows more than ASCII, as locale(1) decides what letters are.</summary>
    public static bool IsUnicode
    {
        get
        {
            string?[] values = [.. new[] { "LC_ALL", "LC_CTYPE", "LANG" }.Select(Environment.GetEnvironmentVariable)];
            string locale = values.FirstOrDefault(value => !string.IsNullOrEmpty(value)) ?? "";
            return locale.Contains("UTF-8", StringComparison.OrdinalIgnoreCase)
                || locale.Contains("utf8", StringComparison.OrdinalIgnoreCase);
        }
    }

    public void Run(LiveLimits limits)
    {
        using PosixSignalRegistration resized = PosixSignalRegistration.Create(WindowChanged, _ => terminal.Wake());
        var clock = new LiveClock(limits);
        clock.Begin();
        Span<byte> keys = stackalloc byte[256];
        // The first sample is the beginning of the second.
        long samples = -1;
        while (!screen.IsEnded && !_stopping && !clock.IsOver)
        {
            if (clock.IsDue)
            {
                if (++samples > limits.Count) break;
                screen.Sample();
                clock.Next();
            }

            (int columns, int rows) = Terminal.Size;
            terminal.Write(screen.Draw(columns, rows));
            int read = terminal.Read(clock.Wait, keys);
            if (read < 0) break;
            screen.Press(keys[..read], rows);
        }
    }

    public void Stop()
    {
        _stopping = true;
        terminal.Wake();
    }

    public bool Conclude() => true;
}
