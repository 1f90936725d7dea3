using System.Globalization;
using System.Runtime.InteropServices;
using CsCheck;
using Skep.Analysis.Diff;
using Skep.Analysis.Tests.Support;
using Skep.Bpf.Elf;
using Skep.Inventory.Code;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Analysis.Tests.Diff;

public sealed class ProgramDiffTests
{
    [Fact]
    public void A_program_is_identical_to_itself_with_other_descriptors()
    {
        ProgramDiff diff = ProgramDiff.Of(Code(a => Lookup(a, 5)), Code(a => Lookup(a, 9)));

        Assert.True(diff.IsIdentical);
        Assert.Empty(diff.Changes);
        Assert.Equal("identical: 6 instructions\n", Text(diff));
    }

    [Fact]
    public void Instructions_put_in_do_not_change_the_jumps_over_them()
    {
        ProgramDiff diff = ProgramDiff.Of(Code(a => Branch(a, 0)), Code(a => Branch(a, 3)));

        Assert.Equal(3, diff.Lines.Count(line => line.Side == DiffSide.Second));
        Assert.DoesNotContain(diff.Lines, line => line.Side == DiffSide.First);
    }

    [Fact]
    public void A_jump_to_another_place_is_a_change()
    {
        ProgramDiff diff = ProgramDiff.Of(Code(a => Jump(a, early: true)), Code(a => Jump(a, early: false)));

        Assert.Equal((1, 1),
            (diff.Lines.Count(line => line.Side == DiffSide.First), diff.Lines.Count(line => line.Side == DiffSide.Second)));
        Assert.Contains("-    0       (15) if r1 == 0x0 goto 2\n", Text(diff));
        Assert.Contains("+         0  (15) if r1 == 0x0 goto 3\n", Text(diff));
    }

    [Fact]
    public void Calls_that_come_and_go_are_told_in_words()
    {
        ProgramDiff diff = ProgramDiff.Of(Code(a => a.Call(14).Exit()), Code(a => a.Call(5).Call(5).Exit()));

        Assert.Equal(
            ["2 instructions → 3: 1 removed, 2 added", "no longer calls bpf_get_current_pid_tgid", "calls bpf_ktime_get_ns now"],
            diff.Changes.Where(change => change.What != "finding").Select(change => change.Text));
    }

    [Fact]
    public void Functions_that_moved_or_were_renamed_are_compared_with_what_they_were()
    {
        ProgramCode first = Linked(["one", "two", "three"], ["one", "two", "three"]),
            same = Linked(["one", "two", "three"], ["one", "two", "three"]);
        Assert.True(ProgramDiff.Of(first, same).IsIdentical);

        // The program calls two, and the functions lie in the order of the calls.
        ProgramDiff moved = ProgramDiff.Of(first, Linked(["three", "one", "two"], ["one", "two", "three"]));
        Assert.Contains(moved.Changes,
            change =>
                change.What == "function" && change.Text.StartsWith("function three moved: from instruction ", StringComparison.Ordinal));
        Assert.DoesNotContain(moved.Changes, change => change.Text.Contains("calls", StringComparison.Ordinal));
        Assert.All(moved.Lines.Where(line => line.Side != DiffSide.Both),
            line => Assert.Contains("call", line.Text, StringComparison.Ordinal));

        ProgramDiff renamed = ProgramDiff.Of(first, Linked(["one", "other", "three"], ["one", "two", "three"]));
        Assert.Equal(["function two is called other now"], renamed.Changes.Select(change => change.Text));
        Assert.All(renamed.Lines, line => Assert.Equal(DiffSide.Both, line.Side));
    }

    [Fact]
    public void Licences_of_files_are_compared()
    {
        byte[] code = [.. BitConverter.GetBytes(0xb7ul), .. BitConverter.GetBytes(0x95ul)];
        ProgramCode Licensed(string? license) =>
            Assert.Single(BpfPrograms.OfBytes(BpfElfWriter.Write([new("f", "xdp", code, [])], license)));
        Assert.Equal(["licence GPL → MIT", "GPL compatible True → False"],
            ProgramDiff.Of(Licensed("GPL"), Licensed("MIT")).Changes.Select(change => change.Text));
        Assert.True(ProgramDiff.Of(Licensed("GPL"), Licensed(null)).IsIdentical);
    }

    [Fact]
    public void Both_sides_of_any_comparison_are_the_programs() =>
        Gen.Select(Gen.Int[0, 6].Array[0, 60], Gen.Int[0, 6].Array[0, 60]).Sample((first, second) =>
        {
            ProgramDiff diff = ProgramDiff.Of(Code(a => Moves(a, first)), Code(a => Moves(a, second)));
            Assert.Equal(first.Length + 1, diff.Lines.Count(line => line.Side != DiffSide.Second));
            Assert.Equal(second.Length + 1, diff.Lines.Count(line => line.Side != DiffSide.First));
            Assert.Equal(Enumerable.Range(0, first.Length + 1),
                diff.Lines.Where(line => line.Side != DiffSide.Second).Select(line => line.First.Slot));
            Assert.Equal(Enumerable.Range(0, second.Length + 1),
                diff.Lines.Where(line => line.Side != DiffSide.First).Select(line => line.Second.Slot));
            Assert.All(diff.Lines.Where(line => line.Side == DiffSide.Both), line => Assert.Equal(line.First.Text, line.Second.Text));
            Assert.Equal(first.SequenceEqual(second), diff.IsIdentical);
        });

    [Fact]
    public void The_match_of_short_sequences_is_a_longest_one() =>
        Gen.Select(Gen.Int[0, 2].Array[0, 9], Gen.Int[0, 2].Array[0, 9]).Sample((first, second) =>
        {
            // Without elements that stand once, no anchor is taken.
            int[] a = [.. first, .. first], b = [.. second, .. second];
            Assert.Equal(LongestCommon(a, b), SequenceMatch.Find(a, b).Count(at => at >= 0));
        });

    private static int LongestCommon(int[] a, int[] b)
    {
        var best = new int[a.Length + 1, b.Length + 1];
        for (int i = 1; i <= a.Length; i++)
            for (int j = 1; j <= b.Length; j++)
                best[i, j] = a[i - 1] == b[j - 1] ? best[i - 1, j - 1] + 1 : Math.Max(best[i - 1, j], best[i, j - 1]);
        return best[a.Length, b.Length];
    }

    private static void Moves(Assembler a, int[] values)
    {
        foreach (int value in values) a.Mov(R0, value);
        a.Exit();
    }

    private static void Lookup(Assembler a, int fd) => a.LoadMapFd(R1, fd).Mov(R2, R10).Add(R2, -4).Call(1).Mov(R0, 0).Exit();

    private static void Branch(Assembler a, int more)
    {
        Label end = a.DefineLabel();
        a.JumpIf(Condition.Equal, R1, 0, end).Mov(R2, 2);
        for (int i = 0; i < more; i++) a.Mov(R3, i);
        a.Mov(R4, 7).Bind(end).Mov(R0, 0).Exit();
    }

    private static void Jump(Assembler a, bool early)
    {
        Label one = a.DefineLabel(), other = a.DefineLabel();
        a.JumpIf(Condition.Equal, R1, 0, early ? one : other).Mov(R2, 2).Bind(one).Mov(R3, 3).Bind(other).Mov(R0, 0).Exit();
    }

    // A program that calls functions in an order; the function of each name in bodies has the body of that place.
    private static ProgramCode Linked(string[] calls, string[] bodies)
    {
        var code = new List<Instruction>();
        var functions = new List<CodeFunction> { new(0, "main", 0) };
        for (int i = 0; i < calls.Length; i++) code.Add(default);
        code.AddRange([new(0xb7), new(0x95)]);
        for (int i = 0; i < calls.Length; i++)
        {
            int body = Array.IndexOf(bodies, calls[i]) is >= 0 and var known ? known : i;
            functions.Add(new CodeFunction(code.Count, calls[i], 0));
            code[i] = new Instruction(0x85, 0, 1, 0, code.Count - i - 1);
            for (int value = 0; value < 5 + body; value++) code.Add(new Instruction(0xb7, 0, 0, 0, (body * 100) + value));
            code.Add(new Instruction(0x95));
        }

        return new ProgramCode
        {
            Bytes = MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(code)).ToArray(), Form = ProgramForm.Loaded,
            Functions = functions
        };
    }

    private static byte[] Bytes(Action<Assembler> write)
    {
        var assembler = new Assembler();
        write(assembler);
        return MemoryMarshal.AsBytes(assembler.Build().AsSpan()).ToArray();
    }

    private static string Text(ProgramDiff diff)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        DiffWriter.WriteText(text, diff, "a", "b", colour: false);
        return text.ToString();
    }

    private static ProgramCode Code(Action<Assembler> write) => CodeFileReader.Raw(Bytes(write));
}
