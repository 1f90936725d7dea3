using System.Text.Json;
using System.Text.RegularExpressions;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>Scenes watched with each backend, and what of their events must be the same.</summary>
internal static partial class Backends
{
    private const int Attempts = 3;

    // When and by whom; identifiers, which count up; how far the code is proven.
    private static readonly HashSet<string> Particular =
    [
        "time", "seq", "pid", "tid", "ppid", "parent.pid", "duration_ns", "tier", "prog.id", "prog.capture", "prog.capture_reason",
        "map.id", "link.id", "link.prog_id", "btf.id", "map.btf_id", "map.inner_map_id", "attach.prog_id", "attach.capture",
        "attach.capture_reason", "attr.log_true_size", "attr.btf_log_true_size", "attr.next_id", "attr.start_id", "attr.prog_id",
        "attr.map_id", "attr.link_id", "attr.btf_id",
    ];

    /// <summary>What doctor prints, which loads each backend.</summary>
    public static JsonElement Doctor { get; } = Json.Parse(Tool.Run(SkepBinary.Path, "doctor", "-j"));

    /// <summary>The backends that work here, by doctor.</summary>
    public static string[] Usable { get; } =
        [.. Doctor.At("tiers")!.Value.EnumerateArray()
            .Where(tier => tier.At("usable")!.Value.GetBoolean()).Select(tier => tier.Text("backend")!)];

    /// <summary>Those that see every call, however many make some at once.</summary>
    public static IEnumerable<string> Complete => Usable.Where(name => name != "fentry" || !MachineFacts.IsPreemptible);

    /// <summary>
    /// Whether a backend saw each call: unless it reports that the kernel skipped some of its runs, where that may be. A kernel that
    /// preempts operations on elements skips runs of kprobes and perf events on that CPU meanwhile (bpf_disable_instrumentation).
    /// </summary>
    public static bool SawAll(Watched watched) => !MachineFacts.IsPreemptible
        || !watched.Outcome.Error.Contains("runs of capture programs skipped by the kernel", StringComparison.Ordinal);

    /// <summary>Watches again, a few times, where the kernel skipped runs; the last watch, whatever it saw.</summary>
    public static Watched UntilWhole(Func<Watched> watch)
    {
        Watched watched = watch();
        for (int attempt = 1; attempt < Attempts && !SawAll(watched); attempt++) watched = watch();
        return watched;
    }

    public static Watched Watch(string backend, params string[] command)
    {
        using var scratch = new Scratch();
        return SkepBinary.Watch($"--backend {backend} --insns", command, ("LOGS", scratch.Path)).Succeeded();
    }

    /// <summary>Each event as its facts, one a line, without what differs from one run to another.</summary>
    public static string[] Facts(IEnumerable<JsonElement> events) =>
        [.. events.Where(e => !e.Has("count")).Select(e => string.Join('\n', Flatten("", e).Order(StringComparer.Ordinal)))];

    /// <summary>The counts of element operations, which are reported once a second.</summary>
    public static string[] Counts(IEnumerable<JsonElement> events) =>
        [.. from e in events
            where e.Has("count")
            group e by $"{e.Text("cmd")} {e.Text("map.name")}" into one
            orderby one.Key
            select $"{one.Key}: {one.Sum(e => e.Number("count"))} {one.Sum(e => e.Number("errors") ?? 0)}"];

    private static IEnumerable<string> Flatten(string path, JsonElement value)
    {
        if (Particular.Contains(path) || path.EndsWith("_ids", StringComparison.Ordinal)) return [];
        return value.ValueKind switch
        {
            JsonValueKind.Object => value.EnumerateObject().SelectMany(
                p => Flatten(path.Length == 0 ? p.Name : $"{path}.{p.Name}", p.Value)),
            JsonValueKind.String => [$"{path} = {Text(path, value.GetString()!)}"],
            JsonValueKind.Number when IsDescriptor(path, value) => [$"{path} = a descriptor"],
            _ => [$"{path} = {value.GetRawText()}"],
        };
    }

    // What else a scene has open is its own affair.
    private static bool IsDescriptor(string path, JsonElement value) =>
        (path == "ret" || path.EndsWith("_fd", StringComparison.Ordinal)) && value.GetInt64() >= 0;

    // Addresses and threads differ, and the verifier states the time that it took.
    private static string Text(string path, string text) => path switch
    {
        "prog.log" => VerificationTime().Replace(text, "verification time"),
        "attach.target" => Thread().Replace(text, "a thread"),
        _ => Address().IsMatch(text) ? "an address" : text,
    };

    [GeneratedRegex("^0x[0-9a-f]+$")]
    private static partial Regex Address();

    [GeneratedRegex("verification time [0-9]+")]
    private static partial Regex VerificationTime();

    [GeneratedRegex("^thread [0-9]+$")]
    private static partial Regex Thread();
}
