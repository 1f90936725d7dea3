using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Skep.EndToEnd.Support;

/// <summary>What docs/kernels.md says of a kernel, which <c>skep doctor</c> prints there.</summary>
internal static partial class KernelTable
{
    private static readonly string[] Columns = ["btf", "jit", "lockdown", "unprivileged_bpf", "ringbuf", "xdp", "xdp_link"];

    /// <summary>Whether the table has a row for this kernel itself.</summary>
    public static bool HasRow(string release) => Lines().Any(line => line.StartsWith($"| {Name(release)} |", StringComparison.Ordinal));

    /// <summary>The row of this kernel, or of the newest before it of its kind, and the reasons below the table.</summary>
    public static string[] Documented(string release)
    {
        (Version version, string kind) = Parse(release);
        string? name = Lines().Select(line => Row().Match(line)).Where(row => row.Success && row.Groups["kind"].Value == kind)
            .Select(row => Version.Parse(row.Groups["version"].Value)).Where(one => one <= version).Max() is { } found
            ? $"{found} {kind}" : null;
        return
        [
            .. Lines().Where(line => line.StartsWith($"| {name} |", StringComparison.Ordinal)
                || line.StartsWith($"- {name}, backend", StringComparison.Ordinal))
                .Select(line => line.Replace($" {name}", $" {Name(release)}", StringComparison.Ordinal)),
        ];
    }

    /// <summary>The same lines, from what doctor prints.</summary>
    public static string[] Of(JsonElement doctor)
    {
        string name = Name(doctor.Text("kernel.value")!);
        JsonElement[] backends = [.. doctor.At("tiers")!.Value.EnumerateArray()];
        IEnumerable<string> cells = [name, .. Columns.Select(key => doctor.Text($"{key}.value")!),
            .. backends.Select(backend => State(backend, doctor.Number("tier")))];
        return
        [
            $"| {string.Join(" | ", cells)} |",
            .. backends.Where(backend => backend.Has("reason")).Select(
                backend => $"- {name}, backend {backend.Number("tier")}: {backend.Text("reason")}"),
        ];
    }

    private static string[] Lines() => File.ReadAllLines(Repository.File("docs/kernels.md"));

    private static string State(JsonElement backend, long? used) =>
        backend.Number("tier") == used ? "in use" : backend.At("usable")!.Value.GetBoolean() ? "usable" : "no";

    private static string Name(string release)
    {
        (Version version, string kind) = Parse(release);
        return $"{version} {kind}";
    }

    // 6.12.117+deb13-cloud-amd64 is 6.12, of the kind cloud.
    private static (Version Version, string Kind) Parse(string release)
    {
        Match match = Release().Match(release);
        return match.Success
            ? (new Version(Part(match, "major"), Part(match, "minor")), match.Groups["kind"].Value)
            : (new Version(0, 0), release);
    }

    private static int Part(Match match, string name) => int.Parse(match.Groups[name].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<major>\d+)\.(?<minor>\d+)\..*?-(?<kind>[a-z]+)(-|$)")]
    private static partial Regex Release();

    [GeneratedRegex(@"^\| (?<name>(?<version>\d+\.\d+) (?<kind>[a-z]+)) \|")]
    private static partial Regex Row();
}
