using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Skep.Cli.Common;
using Skep.Cli.Options;
using Skep.Inventory.Top;
using Skep.Linux.Events;
using Skep.Linux.Streams;
using Skep.Output;

namespace Skep.Cli.Top;

/// <summary><c>skep top</c>.</summary>
internal static class TopCommand
{
    // SIGWINCH of x86-64 and arm64.
    private const PosixSignal WindowChanged = (PosixSignal)28;

    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(1);

    private static readonly Option<bool> Json = new("--json", "-j") { Description = "One JSON object a sample, a line each." };
    private static readonly Option<TimeSpan?> Interval = Quantities.Time("--interval", "Time from a sample to the next [default: 1s].");
    private static readonly Option<long?> Count = new("-n", "--count") { Description = "End after so many samples.", HelpName = "N" };
    private static readonly Option<TimeSpan?> Duration = Quantities.Time("--duration", "End after this time.");

    public static Command Create()
    {
        var top = new Command("top", "Shows what each program runs: how often, how long, its share of a CPU; who holds it, where it is attached.\n"
            + "On a terminal it fills the screen (h shows the keys), else it prints a table a sample.\n"
            + "The kernel counts runs as long as skep top runs, which costs each run some nanoseconds.")
        {
            Json, Interval, Count, Duration,
        };
        Count.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && long.TryParse(token.Value, out long count) && count < 1) result.AddError("-n takes a number from 1 up");
        });
        top.SetAction(parsed =>
        {
            TimeSpan interval = parsed.GetValue(Interval) ?? DefaultInterval;
            long count = parsed.GetValue(Count) ?? long.MaxValue;
            TimeSpan end = parsed.GetValue(Duration) ?? TimeSpan.MaxValue;
            using var meter = new LoadMeter();
            try
            {
                return !parsed.GetValue(Json) && Terminal.IsAvailable
                    ? ShowScreen(meter, interval, count, end)
                    : Print(meter, interval, count, end, parsed.GetValue(Json));
            }
            catch (IOException e) when (OutputEnd.IsQuiet(e))
            {
                OutputEnd.Report(e);
                return ExitCode.Done;
            }
        });
        return top;
    }

    private static int Print(LoadMeter meter, TimeSpan interval, long count, TimeSpan end, bool json)
    {
        using DescriptorStream output = DescriptorStream.StandardOutput();
        using var wake = new EventPoll();
        bool stopping = false;
        using var stop = StopSignals.OfLive(() =>
        {
            Volatile.Write(ref stopping, true);
            wake.Wake();
        });
        Span<ulong> none = stackalloc ulong[1];
        var clock = Stopwatch.StartNew();
        meter.Take();
        if (meter.OwnersUnknown is { } reason) Talk.Say($"the processes that hold programs are not told: {SafeText.EscapeLines(reason)}");
        TimeSpan next = interval;
        for (long i = 0; i < count && clock.Elapsed < end; i++)
        {
            TimeSpan due = next < end ? next : end;
            while (!Volatile.Read(ref stopping) && clock.Elapsed < due) wake.Wait(due - clock.Elapsed, none);
            if (Volatile.Read(ref stopping)) break;
            LoadSample sample = meter.Take();
            next = clock.Elapsed + interval;
            if (json)
            {
                using (var writer = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true })) TopWriter.WriteJson(writer, sample);
                output.Write("\n"u8);
                continue;
            }

            using var text = new StreamWriter(output, new UTF8Encoding(false), Data.BufferBytes, leaveOpen: true);
            if (i > 0) text.Write('\n');
            TopWriter.WriteText(text, sample);
        }

        return ExitCode.Done;
    }

    private static int ShowScreen(LoadMeter meter, TimeSpan interval, long count, TimeSpan end)
    {
        using Terminal terminal = Terminal.Open();
        bool stopping = false;
        using var stop = StopSignals.OfLive(() =>
        {
            Volatile.Write(ref stopping, true);
            terminal.Wake();
        });
        using PosixSignalRegistration resized = PosixSignalRegistration.Create(WindowChanged, _ => terminal.Wake());
        var view = new TopView();
        var screen = new TopScreen(view, interval, IsUnicode());
        var clock = Stopwatch.StartNew();
        TimeSpan next = TimeSpan.Zero;
        Span<byte> keys = stackalloc byte[256];
        long samples = -1;
        while (!view.IsEnded && !Volatile.Read(ref stopping) && clock.Elapsed < end)
        {
            if (clock.Elapsed >= next)
            {
                if (++samples > count) break;
                view.Take(meter.Take());
                next = clock.Elapsed + interval;
            }

            (int columns, int rows) = Terminal.Size;
            terminal.Write(screen.Draw(columns, rows));
            TimeSpan wait = (next < end ? next : end) - clock.Elapsed;
            int read = terminal.Read(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, keys);
            if (read < 0) break;
            view.Press(keys[..read], TopScreen.PageRows(rows));
        }

        return ExitCode.Done;
    }

    // As locale(1) decides what letters are.
    private static bool IsUnicode()
    {
        string? locale = new[] { "LC_ALL", "LC_CTYPE", "LANG" }.Select(Environment.GetEnvironmentVariable).FirstOrDefault(value => !string.IsNullOrEmpty(value));
        return locale is not null && (locale.Contains("UTF-8", StringComparison.OrdinalIgnoreCase) || locale.Contains("utf8", StringComparison.OrdinalIgnoreCase));
    }
}
