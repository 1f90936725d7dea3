using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Live;
using Skep.Inventory.Machine;
using Skep.Inventory.Top;
using Skep.Linux.Streams;
using Skep.Output;

namespace Skep.Cli.Top;

/// <summary><c>skep top</c>.</summary>
internal static class TopCommand
{
    public static Command Create()
    {
        var live = new LiveOptions("samples", "Time from one sample to the next [default: 1s].");
        var top = new SkepCommand(
            "top",
            "Shows what each program runs: how often, how long, its share of a CPU.\n"
            + "On a terminal it fills the screen (h shows the keys), else it prints one table per sample.\n"
            + "The kernel counts runs as long as skep top runs, which costs each run some nanoseconds.",
            new(
                "docs/top.md",
                new("skep top", "the full screen"),
                new("skep top -j -n 1 --interval 5s", "five seconds of all programs, as JSON"),
                new("skep top --interval 10s > top.txt", "one table every ten seconds")));
        live.AddTo(top);
        top.Prints((parsed, form) =>
        {
            using var meter = new LoadMeter(new MachineSnapshot());
            LiveLimits limits = live.Of(parsed);
            if (form == OutputForm.Text && Terminal.IsAvailable)
            {
                using Terminal terminal = Terminal.Open();
                return LiveView.Run(new ScreenSource(new LoadScreen(meter, limits.Interval), terminal), limits, "the screen");
            }

            using Stream output = StandardOutput.Open();
            using SampledSource samples = Samples(meter, output, form);
            return LiveView.Run(samples, limits, "samples");
        });
        return top;
    }

    private static SampledSource Samples(LoadMeter meter, Stream output, OutputForm form)
    {
        bool isFirst = true;
        return new SampledSource(
            () =>
            {
                meter.Take();
                if (meter.OwnersUnknown is { } reason) Message.Print($"the processes that hold programs are not shown: {reason}");
                return true;
            },
            () =>
            {
                Write(output, form, meter.Take(), isFirst);
                isFirst = false;
                return true;
            },
            _ => { });
    }

    private static void Write(Stream output, OutputForm form, LoadSample sample, bool isFirst)
    {
        if (form != OutputForm.Text)
        {
            StreamOutput.WriteJson(output, form, json => TopWriter.WriteJson(json, sample));
            return;
        }

        using StreamWriter text = StreamOutput.Text(output);
        if (!isFirst) text.Write('\n');
        TopWriter.WriteText(text, sample);
    }
}
