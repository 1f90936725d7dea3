using System.CommandLine;
using System.Text.Json;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Filter.Runtime.Sets;
using Skep.Linux.Files;
using Skep.Linux.Streams;
using Skep.Output;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter set feed</c>: changes sets by the lines of standard input, as they come.</summary>
internal static class FilterSetFeedCommand
{
    private const string Input = "standard input";
    private const int MostLineBytes = 4096, MostTogether = 200_000;

    // How often it is looked whether the table was applied again.
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private static readonly CommandHelp s_help = new(
        "docs/feed.md",
        new("skep filter set feed edge blocked", "lines such as add 192.0.2.7 1h, del 198.51.100.7"),
        new("skep filter set feed edge blocked4,blocked6 -j", "into the set of each family; what became of them as JSON"))
    {
        Failed = "some lines could not be applied",
        Usage = "wrong usage, or a line had an error: it is left out",
    };

    public static Command Create(Argument<string> table, Argument<string> set)
    {
        var feed = new SkepCommand(
            "feed",
            "Changes sets by lines of standard input as they come, until it ends: add ELEMENT [TIME], del ELEMENT, flush.\n"
            + "Lines between begin and commit are applied as a whole.",
            s_help) { table, set };
        feed.Prints((parsed, form) => FilterTables.Guarded(
            "change a set", () => Run(parsed.GetValue(table)!, parsed.GetValue(set)!, form)));
        return feed;
    }

    private static int Run(string table, string names, OutputForm form)
    {
        try
        {
            using LiveSets sets = LiveSets.Open(table, names);
            using InputStream stream = NamedInput.Open("-", InputLimit.FedLines);
            using var lines = new LineInput(stream, Input, MostLineBytes);
            var done = new Queue<FedLines>();
            var feed = new SetFeed(table, sets, Input, Message.Print, FilterFile.Print, done.Enqueue);
            using var stop = new CancellationTokenSource();
            using (new StopSignals(_ => stop.Cancel(), endsOutput: false))
                StandardOutput.WriteEach(form, Follow(feed, lines, done, stop.Token), Write, static (_, _) => { });
            return feed.HadErrors ? ExitCode.Usage : feed.HadRefusals ? ExitCode.Failed : ExitCode.Done;
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return Message.Error(e.Message, ExitCode.Failed);
        }
    }

    private static IEnumerable<FedLines> Follow(SetFeed feed, LineInput input, Queue<FedLines> done, CancellationToken stop)
    {
        while (!input.IsEnded && !stop.IsCancellationRequested)
        {
            if (input.TryTake(Look, out string lines))
            {
                do
                {
                    ReadOnlySpan<char> whole = lines.AsSpan(0, lines.Length - (lines.EndsWith('\n') ? 1 : 0));
                    foreach (Range line in whole.Split('\n')) feed.Take(whole[line]);
                }
                while (feed.Waiting < MostTogether && input.TryTake(TimeSpan.Zero, out lines));
                feed.Apply();
            }
            else
            {
                feed.Follow();
            }

            while (done.TryDequeue(out FedLines now)) yield return now;
        }

        feed.End();
        while (done.TryDequeue(out FedLines last)) yield return last;
        if (input.IsEnded && input.Error is { } error) throw error;
    }

    private static void Write(Utf8JsonWriter json, FedLines lines)
    {
        json.WriteStartObject();
        json.WriteNumber("line", lines.Line);
        json.WriteBoolean("applied", lines.Error is null);
        json.WriteBoolean("kept", lines.IsKept);
        json.WriteNumber("add", lines.Added);
        json.WriteNumber("del", lines.Deleted);
        json.WriteBoolean("flush", lines.Flushed);
        if (lines.Error is { } error) json.WriteString("error", error);
        json.WriteEndObject();
    }
}
