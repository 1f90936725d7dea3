using System.Text.Json;
using System.Text.RegularExpressions;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>Every scene below <c>skep watch</c>, against what bpftool showed of it.</summary>
[Trait("level", "machine"), Collection(nameof(WatchScenes))]
public sealed partial class WatchSceneTests(WatchScenes scenes)
{
    private static readonly string[] ProgramKeys = ["id", "type", "tag", "gpl_compatible", "bytes_xlated"];
    private static readonly string[] MapKeys = ["id", "type", "name", "bytes_key", "bytes_value", "max_entries", "flags"];
    private static readonly string[] LinkKeys = ["id", "type", "prog_id", "attach_type"];

    [Theory, MemberData(nameof(WatchScenes.Names), MemberType = typeof(WatchScenes))]
    public void Watch_exits_0(string name)
    {
        Outcome outcome = scenes.Of(name).Watched.Outcome;
        Assert.True(outcome.Code == 0, $"exit {outcome.Code}\n{outcome.Error}");
        Assert.DoesNotMatch(Crash(), outcome.Error);
    }

    [Theory, MemberData(nameof(WatchScenes.Names), MemberType = typeof(WatchScenes))]
    public void No_event_is_lost(string name) => Assert.Matches(Summary(), scenes.Of(name).Watched.Outcome.Error);

    [Theory, MemberData(nameof(WatchScenes.Names), MemberType = typeof(WatchScenes))]
    public void Bpftool_shows_objects_of_the_scene(string name)
    {
        BpftoolView view = scenes.Of(name).View;
        Assert.NotEmpty(view.Programs.Concat(view.Maps));
    }

    [Theory, MemberData(nameof(WatchScenes.Names), MemberType = typeof(WatchScenes))]
    public void Programs_are_as_bpftool_shows_them(string name)
    {
        WatchScene scene = scenes.Of(name);
        Complaints.None(scene.View.Programs.SelectMany(program =>
        {
            long? id = BpftoolView.Id(program);
            JsonElement? reported = scene.Reported("prog", id, "prog_load");
            IEnumerable<string> complaints = Complaints.Differing($"program {id}", reported, program, Known(program, ProgramKeys));
            if (reported is not { } one) return complaints;

            // bpftool takes names of 15 characters and more from BTF.
            string? theirs = program.Text("name");
            string kernelName = theirs is { Length: > 15 } ? theirs[..15] : theirs ?? "";
            if (kernelName != one.Text("name"))
                complaints = complaints.Append($"program {id}: name is {theirs} to bpftool, {one.Text("name")} to skep");
            long?[] maps = [.. BpftoolView.MapIds(program).Order()], ours = [.. MapsOf(scene, one, id)];
            return maps.SequenceEqual(ours) ? complaints
                : complaints.Append($"program {id}: maps {string.Join(',', maps)} to bpftool, {string.Join(',', ours)} to skep");
        }));
    }

    [Theory, MemberData(nameof(WatchScenes.Names), MemberType = typeof(WatchScenes))]
    public void Maps_are_as_bpftool_shows_them(string name)
    {
        WatchScene scene = scenes.Of(name);
        Complaints.None(scene.View.Maps.SelectMany(map =>
        {
            JsonElement? reported = scene.Reported("map", BpftoolView.Id(map), "map_create");
            IEnumerable<string> complaints = Complaints.Differing($"map {BpftoolView.Id(map)}", reported, map, MapKeys);
            return reported is not null ? complaints : complaints.Concat(
                scene.Watched.Of("map_create").Where(e => e.Text("map.name") == map.Text("name")).Select(e => $"but {e}"));
        }));
    }

    [Theory, MemberData(nameof(WatchScenes.Names), MemberType = typeof(WatchScenes))]
    public void Links_are_as_bpftool_shows_them(string name)
    {
        WatchScene scene = scenes.Of(name);
        Complaints.None(scene.View.Links.SelectMany(link =>
        {
            long? id = BpftoolView.Id(link);
            JsonElement? reported = scene.Reported("link", id, "link_create", "raw_tracepoint_open");

            // The kernel has no attach type for a program that replaces a function, and gives 0.
            string[] keys = link.Text("prog_type") == "ext" ? LinkKeys[..3] : LinkKeys;
            IEnumerable<string> complaints = Complaints.Differing($"link {id}", reported, link, Known(link, keys));
            string? target = link.Text("tp_name") ?? link.Text("target_name") ?? (
                link.Number("netns_ino") is { } netns ? $"netns {netns}" : null);
            return target is null || reported is not { } one || one.Text("target") == target ? complaints
                : complaints.Append($"link {id}: on {target} to bpftool, on {one.Text("target")} to skep");
        }));
    }

    [Theory, MemberData(nameof(WatchScenes.Names), MemberType = typeof(WatchScenes))]
    public void Perf_events_are_as_bpftool_shows_them(string name)
    {
        WatchScene scene = scenes.Of(name);
        Complaints.None(scene.View.Perf.SelectMany(row =>
        {
            long? program = row.Number("prog_id");
            var target = new Regex(PerfTarget(row));
            string[] reported = [.. from e in scene.Events
                                    from place in new[] { e.At("link"), e.At("attach") }
                                    where place is { } at && at.Number("prog_id") == program && at.Text("target") is not null
                                    select place.Value.Text("target")];
            return reported.Any(target.IsMatch)
                ? (string[])[]
                : [$"program {program}: on {target} to bpftool, on {string.Join(", ", reported)} to skep"];
        }));
    }

    /// <summary>No scene rewrites its code.</summary>
    [Theory, MemberData(nameof(WatchScenes.Names), MemberType = typeof(WatchScenes))]
    public void All_code_is_proven(string name) => Complaints.None(
        from e in scenes.Of(name).Watched.Of("prog_load")
        where e.Text("error") is null && (e.Text("prog.capture") != "proven" || e.Text("prog.capture_reason") is not null)
        select $"program {e.Number("prog.id")} {e.Text("prog.name")}: {e.Text("prog.capture")}, {e.Text("prog.capture_reason")}");

    [Theory, MemberData(nameof(WatchScenes.Names), MemberType = typeof(WatchScenes))]
    public void All_code_is_whole(string name) => Complaints.None(
        from e in scenes.Of(name).Watched.Of("prog_load")
        let instructions = e.Insns().Length / 8
        where instructions != e.Number("prog.insn_cnt") || instructions < 1
        select $"program {e.Number("prog.id")} {e.Text("prog.name")}: {instructions} of {e.Number("prog.insn_cnt")} instructions");

    /// <summary>Counts of element operations carry no network namespace.</summary>
    [Theory, MemberData(nameof(WatchScenes.Names), MemberType = typeof(WatchScenes))]
    public void Each_event_names_its_caller(string name)
    {
        long netns = MachineFacts.NetworkNamespace;
        Complaints.None(
            from e in scenes.Of(name).Events
            where !(e.Has("pid") && e.Has("tid") && e.Number("uid") == 0 && (e.Has("count") || e.Number("netns") == netns)
                && e.Text("exe") is not null && e.Text("cgroup") == "/" && e.Number("tier") is 1 or 2 or 3)
            select e.ToString());
    }

    // bpftool gives the numbers of types that it does not know.
    private static IEnumerable<string> Known(JsonElement theirs, string[] keys) =>
        theirs.At("type") is { ValueKind: JsonValueKind.Number } ? keys.Where(key => key != "type") : keys;

    // libbpf binds maps of constants to a program after its load.
    private static IEnumerable<long?> MapsOf(WatchScene scene, JsonElement program, long? id) => BpftoolView.MapIds(program)
        .Concat(
            scene.Watched.Of("prog_bind_map").Where(
                e => e.Text("error") is null && e.Number("prog.id") == id).Select(e => e.Number("map.id"))).Distinct().Order();

    private static string PerfTarget(JsonElement row) => row.Text("fd_type") switch
    {
        "tracepoint" => $"^tracepoint [^/]+/{row.Text("tracepoint")}$",
        "raw_tracepoint" => $"^{row.Text("tracepoint")}$",
        { } kind =>
            $"^{kind} {Regex.Escape(row.Text("filename") ?? row.Text("func")!)}"
            + $"{(row.Number("offset") is > 0 and { } at ? $"[+]0x{at:x}" : "")}$",
        null => throw new InvalidOperationException($"bpftool perf gives no kind: {row}"),
    };

    [GeneratedRegex(
        @"^skep: [1-9][0-9]* events captured, 0 lost(, [0-9]+ shown)?(; [0-9]+ element operations counted)?$", RegexOptions.Multiline)]
    private static partial Regex Summary();

    [GeneratedRegex(@"Unhandled exception|^   at |internal error", RegexOptions.Multiline)]
    private static partial Regex Crash();
}
