using System.Globalization;
using Skep.Bpf;
using Skep.Testing;

namespace Skep.Filter.Bench;

/// <summary>
/// What a packet costs against the number of rules: one packet again and again (hit by the first rule, by the last, by none), and 2^17
/// different headers (all hit, none). Net of an empty program, called by the same feed where headers differ.
/// </summary>
internal sealed class ListCosts : IDisposable
{
    private const int Turns = 5, Columns = 5;

    private static readonly int s_repeat = Environment.GetEnvironmentVariable("QUICK") is { Length: > 0 } ? 200_000 : 1_000_000;

    private static readonly string[] s_names = ["first", "last", "none", "distinct_hit", "distinct_none"];

    private readonly Subject _empty = Subject.Empty();

    internal ListCosts() => Console.WriteLine(
        $"{"",-22} {"rules",9} {"first",7} {"last",7} {"none",7} {"2^17, all hit",14} {"2^17, none",11}");

    /// <summary>Exact rules of Skep, the same without the count of each rule, and what other filters have of them.</summary>
    internal void Exact(int size, IEnumerable<ForeignProgram> others)
    {
        var rules = new ListGenerator(1).Make(ListShape.Exact, size);
        using var list = Subject.Of(string.Join('\n', rules.Select(r => r.Text)));
        using var uncounted = Uncounted.Of(list.Loaded!);
        List<(string Name, BpfProgram Program)> subjects = [("skep", list.Program), ("skep without counts", uncounted.Program)];
        var opened = others.Where(o => o.Rules == size).Select(o => (o.Name, Program: o.Open())).ToList();
        subjects.AddRange(opened);
        Measure(subjects, new(rules), size, s_names, "rules");
        foreach (var (_, program) in opened) program.Dispose();
    }

    /// <summary>A list as they are found: headers that rules ask for, and random ones.</summary>
    internal void Shape(ListShape shape, string name, int size)
    {
        var rules = new ListGenerator(1).Make(shape, size);
        using var list = Subject.Of(string.Join('\n', rules.Select(r => r.Text)));
        string[] names = ["", "", "random", "distinct_hit", "distinct_random"];
        Measure([(name, list.Program)], new(rules), size, names, "shape");
    }

    public void Dispose() => _empty.Dispose();

    private void Measure(
        IReadOnlyList<(string Name, BpfProgram Program)> subjects, Headers headers, int size, string[] names, string title)
    {
        var (hits, others) = (headers.Hits(), Headers.Random());
        byte[][] packets = [headers.First, headers.Last, Headers.None, Headers.None, Headers.None];
        List<Subject> feeds = [];
        List<(BpfProgram Program, byte[] Packet)> runs = [];
        foreach (var program in subjects.Select(s => s.Program).Prepend(_empty.Program))
        {
            feeds.Add(HeaderFeed.Before(program, hits));
            feeds.Add(HeaderFeed.Before(program, others));
            for (var i = 0; i < Columns; i++) runs.Add((i < 3 ? program : feeds[^(Columns - i)].Program, packets[i]));
        }
        var best = Best(runs);
        foreach (var feed in feeds) feed.Dispose();
        for (var s = 0; s < subjects.Count; s++)
        {
            var name = subjects[s].Name;
            var text = string.Create(CultureInfo.InvariantCulture, $"{name,-22} {size,9}");
            for (var i = 0; i < Columns; i++)
            {
                var net = Math.Max(0, best[Columns * (s + 1) + i] - best[i]);
                var width = i switch { 3 => 14, 4 => 11, _ => 7 };
                text += " " + (names[i].Length == 0 ? "-" : net.ToString(CultureInfo.InvariantCulture)).PadLeft(width);
                if (names[i].Length == 0) continue;
                var whose = name == "skep" ? "" : "_" + name.Replace(' ', '_');
                Facts.Add($"filter_{title}_{size}_{names[i]}{whose}", net, "ns");
            }
            Console.WriteLine(text);
        }
    }

    private static long[] Best(IReadOnlyList<(BpfProgram Program, byte[] Packet)> runs)
    {
        var best = new long[runs.Count];
        Array.Fill(best, long.MaxValue);
        for (var turn = 0; turn < Turns; turn++)
            for (var i = 0; i < runs.Count; i++)
                best[i] = Math.Min(best[i], runs[i].Program.Run(new BpfRun { Data = runs[i].Packet, Repeat = s_repeat }).DurationNs);
        return best;
    }
}
