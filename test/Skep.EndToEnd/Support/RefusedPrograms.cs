using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Skep.EndToEnd.Support;

/// <summary>
/// The programs of <c>Programs/verify</c>, and what comments in them say of their refusal (see <c>verify.h</c>). The name of a file is the
/// cause; behind it is what the file needs: <c>-6.12</c>, <c>-trampolines</c>, <c>-unprivileged</c>, or what is missing.
/// </summary>
internal static partial class RefusedPrograms
{
    private const string Accepted = "accepted", Trampolines = "-trampolines", Unprivileged = "-unprivileged", Newer = "-6.12";

    // What libbpf does not find for a file as a whole is in a file of its own.
    private static readonly string[] s_ends = [Newer, Trampolines, Unprivileged, "-map", "-setting", "-variable", "-symbol"];

    /// <summary>The files that are for this kernel, but that of programs which are accepted.</summary>
    public static string[] Files { get; } =
    [
        .. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Programs", "verify"), "*.bpf.c")
            .Select(file => Path.GetFileName(file)[..^".bpf.c".Length])
            .Where(file => file != Accepted && (Requires.IsKernel(6, 12) || !file.EndsWith(Newer, StringComparison.Ordinal))).Order()
    ];

    /// <summary>Whether a file is for callers without CAP_PERFMON.</summary>
    public static bool IsUnprivileged(string file) => file.Contains(Unprivileged, StringComparison.Ordinal);

    /// <summary>Whether a file is for kernels whose trampolines may be used.</summary>
    public static bool NeedsTrampolines(string file) => file.Contains(Trampolines, StringComparison.Ordinal);

    /// <summary>Each program of a file is refused as the comments say.</summary>
    /// <param name="file">The file.</param>
    /// <param name="output">What <c>skep prog verify -j</c> printed of its object.</param>
    public static void AreRefused(string file, string output)
    {
        string cause = s_ends.Aggregate(file, (name, end) => name.Replace(end, "", StringComparison.Ordinal));
        Dictionary<string, JsonElement> reports = Reports(output);
        Refusal[] refusals = Read(file);
        Assert.Equal(refusals.Select(one => one.Program).Order(), reports.Keys.Order());
        Assert.All(refusals, one =>
        {
            JsonElement report = reports[one.Program];
            Assert.False(report.GetProperty("accepted").GetBoolean());
            Assert.Equal(cause, report.Text("cause"));
            Assert.Contains(report.Text("error"), one.Error.Split(" or "));
            Assert.False(string.IsNullOrEmpty(report.Text("explanation")));
            Assert.False(string.IsNullOrEmpty(report.Text("hint")));
            Assert.False(string.IsNullOrEmpty(report.Text("message")));
            if (one.Line is { } line)
            {
                Assert.NotNull(report.Number("insn"));
                Assert.EndsWith($"{file}.bpf.c", report.Text("source.file"), StringComparison.Ordinal);
                Assert.Equal(line, report.Number("source.line"));
            }

            if (one.From is { } from) Assert.Equal(from, report.GetProperty("path")[0].Number("source.line"));
        });
    }

    /// <summary>Each program of the other file is accepted, and its costs are reported.</summary>
    public static void AreAccepted(string output)
    {
        Dictionary<string, JsonElement> reports = Reports(output);
        Assert.True(reports.Count >= 5, output);
        Assert.All(reports.Values, report =>
        {
            Assert.True(report.GetProperty("accepted").GetBoolean());
            Assert.Equal(0, report.Number("errno"));
            Assert.False(report.Has("cause"));
            Assert.InRange(report.Number("processed")!.Value, 1, report.Number("limit")!.Value);
            JsonElement[] functions = [.. report.GetProperty("functions").EnumerateArray()];
            Assert.Equal(report.Number("insn_cnt"), functions.Sum(function => function.Number("insn_cnt")));
            Assert.Equal(JsonValueKind.Array, report.GetProperty("loops").ValueKind);
        });
        Assert.Equal(["functions", "hash"], reports["functions"].GetProperty("functions").EnumerateArray().Select(one => one.Text("name")));
        Assert.True(reports["sum"].GetProperty("loops").EnumerateArray().Single().Number("rounds") >= 100);
    }

    /// <summary>The file of programs that are accepted.</summary>
    public static string AcceptedFile => Accepted;

    private static Dictionary<string, JsonElement> Reports(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(Json.Parse).ToDictionary(report => report.Text("program")!);

    // A comment belongs to the program whose SEC() stands last before it.
    private static Refusal[] Read(string file)
    {
        var found = new List<Refusal>();
        int number = 0;
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Programs", "verify", $"{file}.bpf.c")))
        {
            number++;
            if (Program().Match(line) is { Success: true } program) found.Add(new Refusal(program.Groups[1].Value, "", null, null));
            if (Error().Match(line) is { Success: true } error)
                found[^1] = found[^1] with { Error = error.Groups[2].Value, Line = error.Groups[1].Length > 0 ? number : null };
            if (line.Contains("/* from here */", StringComparison.Ordinal)) found[^1] = found[^1] with { From = number };
        }

        return [.. found];
    }

    [GeneratedRegex(@"^SEC\(""[^""]+""\) .*?int (\w+)\(", RegexOptions.CultureInvariant)]
    private static partial Regex Program();

    [GeneratedRegex(@"/\* refused( here)?: (\w+(?: or \w+)*) \*/", RegexOptions.CultureInvariant)]
    private static partial Regex Error();

    private sealed record Refusal(string Program, string Error, int? Line, int? From);
}
