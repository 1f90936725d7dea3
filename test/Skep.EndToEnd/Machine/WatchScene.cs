using System.Diagnostics;
using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>A command below <c>skep watch</c>, and what bpftool showed while all that it makes was there.</summary>
internal sealed record WatchScene(Watched Watched, BpftoolView Whole, BpftoolView View, string Directory)
{
    private const int Patience = 120;

    public JsonElement[] Events => Watched.Events;

    /// <summary>Runs a command that makes the file <c>$HOLD</c> when all is there, and stays until it is removed.</summary>
    public static WatchScene Held(BpftoolView before, Scratch scratch, string options, params string[] command)
    {
        string hold = scratch.File("hold");
        return Run(before, scratch, options, command, () => File.Exists(hold), () => File.Delete(hold));
    }

    /// <summary>Runs a command that ends by itself; bpftool looks when a condition holds.</summary>
    public static WatchScene Run(BpftoolView before, Scratch scratch, string options, string[] command, Func<bool> isMade, Action release)
    {
        string events = scratch.File("events");
        string[] words =
        [
            "watch", "-j", "--insns", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), "-o", events, "--", .. command
        ];
        using Process watch = Tool.Start(SkepBinary.Path, words, ("HOLD", scratch.File("hold")), ("LOGS", scratch.Path));
        Tool.Until(() => isMade() || watch.HasExited, "all that the scene makes", Patience);
        BpftoolView view = BpftoolView.Take();
        release();
        Outcome outcome = Tool.Finish(watch);
        return new WatchScene(new Watched(outcome, SkepBinary.Events(events)), view, view.Without(before), scratch.Path);
    }

    /// <summary>The object of the only event of these commands that has an identifier.</summary>
    public JsonElement? Reported(string key, long? id, params string[] commands)
    {
        JsonElement[] found = [.. Events.Where(e => commands.Contains(e.Text("cmd")) && e.Number($"{key}.id") == id)];
        Assert.True(found.Length <= 1, $"{key} {id} is reported {found.Length} times");
        return found.Length == 0 ? null : found[0].At(key);
    }
}
