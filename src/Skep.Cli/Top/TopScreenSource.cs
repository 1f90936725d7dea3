using System.Runtime.InteropServices;
using Skep.Cli.Live;
using Skep.Inventory.Top;
using Skep.Linux.Streams;

namespace Skep.Cli.Top;

/// <summary>The full screen of <c>skep top</c>: samples, and what keys make of them.</summary>
internal sealed class TopScreenSource(LoadMeter meter, Terminal terminal, TimeSpan interval) : ILiveSource
{
    // SIGWINCH of x86-64 and arm64.
    private const PosixSignal WindowChanged = (PosixSignal)28;

    private volatile bool _stopping;

    public void Run(LiveLimits limits)
    {
        using PosixSignalRegistration resized = PosixSignalRegistration.Create(WindowChanged, _ => terminal.Wake());
        var view = new TopView();
        var screen = new TopScreen(view, interval, IsUnicode());
        var clock = new LiveClock(limits);
        clock.Begin();
        Span<byte> keys = stackalloc byte[256];
        // The first sample is the beginning of the second.
        long samples = -1;
        while (!view.IsEnded && !_stopping && !clock.IsOver)
        {
            if (clock.IsDue)
            {
                if (++samples > limits.Count) break;
                view.Take(meter.Take());
                clock.Next();
            }

            (int columns, int rows) = Terminal.Size;
            terminal.Write(screen.Draw(columns, rows));
            int read = terminal.Read(clock.Wait, keys);
            if (read < 0) break;
            view.Press(keys[..read], TopScreen.PageRows(rows));
        }
    }

    public void Stop()
    {
        _stopping = true;
        terminal.Wake();
    }

    public bool Conclude() => true;

    // As locale(1) decides what letters are.
    private static bool IsUnicode()
    {
        string?[] values = [.. new[] { "LC_ALL", "LC_CTYPE", "LANG" }.Select(Environment.GetEnvironmentVariable)];
        string locale = values.FirstOrDefault(value => !string.IsNullOrEmpty(value)) ?? "";
        return locale.Contains("UTF-8", StringComparison.OrdinalIgnoreCase) || locale.Contains("utf8", StringComparison.OrdinalIgnoreCase);
    }
}
