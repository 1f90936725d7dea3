using System.CommandLine;
using Skep.Agent.Fleet.Control;
using Skep.Agent.Fleet.Model;
using Skep.Agent.Fleet.Store;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Live;
using Skep.Output;

namespace Skep.Cli.Fleet;

/// <summary><c>skep fleet watch</c>.</summary>
internal static class FleetWatchCommand
{
    public static Command Create()
    {
        var where = new FleetOptions();
        var live = new LiveOptions("changes");
        const string Description = "Prints what groups are to enforce and what agents do, now and as it changes, until stopped.";
        var watch = new SkepCommand("watch", Description, new(
            FleetCommand.Page,
            new("skep fleet watch", "until stopped"),
            new("skep fleet watch -j --duration 1m", "for a minute, an object on each line")));
        where.AddTo(watch);
        live.AddTo(watch);
        watch.Prints((parsed, form) =>
        {
            if (form == OutputForm.Pretty) return Message.Error("-p prints an array, which has no end here (give -j)", ExitCode.Usage);
            return where.With(parsed, (view, _) =>
            {
                using Stream output = StandardOutput.Open();
                using var buffered = new BufferedStream(output, StreamOutput.BufferBytes);
                using StreamWriter text = StreamOutput.Text(buffered);
                using var source = new FleetWatchSource(view, change =>
                {
                    if (form == OutputForm.Text) change.Write(text);
                    else StreamOutput.WriteJson(buffered, form, change.Write);
                }, text.Flush);
                return Task.FromResult(LiveView.Run(source, live.Of(parsed), "changes", "watching the fleet"));
            });
        });
        return watch;
    }
}
