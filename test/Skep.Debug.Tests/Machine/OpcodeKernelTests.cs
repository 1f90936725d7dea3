using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Debug.Machine.Image;
using Skep.Isa;
using Skep.Linux.Errors;

namespace Skep.Debug.Tests.Machine;

/// <summary>
/// Each opcode of RFC 9669, in each of its forms, on all pairs of edge operands: the machine and the kernel leave the same numbers. The
/// operands are read from a map, so that the verifier does not know them.
/// </summary>
[Trait("level", "kernel")]
public sealed class OpcodeKernelTests
{
    private const byte Register = 8, Wide = 7, Narrow = 4, Jump = 5, Jump32 = 6, Word = 0x00, Double = 0x18;
    private const byte LoadDouble = 0x79, StoreDouble = 0x7b;
    private const byte LoadSigned = 0x81, Exit = 0x95, Call = 0x85, MovWide = 0xb7;
    private const int Left = 2, Right = 3, Value = 6, Frame = 10, ResultsOfCase = 2;

    private static readonly ulong[] s_edges =
    [
        0, 1, 2, 7, 31, 32, 63, 64, 0x7f, 0x80, 0x7fff, 0x8000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000,
        0x7fff_ffff_ffff_ffff, 0x8000_0000_0000_0000, 0x8000_0000_8000_0000, 0x1122_3344_5566_7788, ulong.MaxValue - 1, ulong.MaxValue,
    ];

    private static readonly (byte Size, string Name, short[] Places)[] s_sizes =
        [(0x10, "b", [-16, -13, -9]), (0x08, "h", [-16, -14, -10]), (Word, "w", [-16, -12]), (Double, "dw", [-16])];

    private static readonly int[] s_immediates = [1, 2, 7, 0x7f, 0x80, 0x7fff, 0x8000, int.MaxValue, int.MinValue, -1, -2, 0];

    private static readonly string[] s_operations =
        ["add", "sub", "mul", "div", "or", "and", "lsh", "rsh", "neg", "mod", "xor", "mov", "arsh"];

    private static readonly string[] s_conditions =
        ["", "jeq", "jgt", "jge", "jset", "jne", "jsgt", "jsge", "", "", "jlt", "jle", "jslt", "jsle"];

    /// <summary>The opcodes by name, each with what one case of it is.</summary>
    private static readonly Dictionary<string, Func<IEnumerable<Instruction[]>>> s_all =
        All().ToDictionary(one => one.Name, one => one.Cases);

    public static TheoryData<string> Names => [.. s_all.Keys];

    [Theory, MemberData(nameof(Names))]
    public void An_opcode_gives_what_the_kernel_gives(string name)
    {
        Requires.Root();
        Instruction[][] forms = [.. s_all[name]()];
        foreach (Instruction[] form in forms) Compare(name, form);
    }

    [Fact]
    public void Every_opcode_is_tried() => Assert.InRange(s_all.Count, 150, 250);

    private static void Compare(string name, Instruction[] form)
    {
        // Operands first, then the results of each pair of them.
        int pairs = s_edges.Length * s_edges.Length, results = s_edges.Length * sizeof(ulong);
        byte[] content = new byte[results + (pairs * ResultsOfCase * sizeof(ulong))];
        MemoryMarshal.AsBytes(s_edges.AsSpan()).CopyTo(content);
        var code = new List<Instruction>
        {
            new(0x62, Frame, 0, -4, 0), new(0x18, 1, 5, 0, 0), default, new(0xbf, 2, Frame, 0, 0), new(0x07, 2, 0, 0, -4),
            new(Call, 0, 0, 0, 1), new(0x55, 0, 0, 1, 0), new(Exit, 0, 0, 0, 0), new(0xbf, Value, 0, 0, 0),
        };
        for (int left = 0; left < s_edges.Length; left++)
        {
            for (int right = 0; right < s_edges.Length; right++)
            {
                int at = results + (((left * s_edges.Length) + right) * ResultsOfCase * sizeof(ulong));
                code.Add(new(LoadDouble, Left, Value, (short)(left * sizeof(ulong)), 0));
                code.Add(new(LoadDouble, Right, Value, (short)(right * sizeof(ulong)), 0));
                code.Add(new(StoreDouble, Frame, Left, -16, 0));
                code.AddRange(form);
                code.Add(new(StoreDouble, Value, Left, (short)at, 0));
                code.Add(new(LoadDouble, Right, Frame, -16, 0));
                code.Add(new(StoreDouble, Value, Right, (short)(at + sizeof(ulong)), 0));
            }
        }

        code.Add(new(MovWide, 0, 0, 0, 2));
        code.Add(new(Exit, 0, 0, 0, 0));
        var map = new MapDefinition("cases", BpfMapType.Array, 4, (uint)content.Length, 1) { Content = content };
        KernelPair pair;
        try
        {
            pair = new KernelPair(BpfProgramType.Xdp, [.. code], map);
        }
        catch (BpfLoadException e) when (e.Error.Name is "EINVAL" or "EOPNOTSUPP" or "ENOTSUPP")
        {
            Assert.Skip($"the machine cannot: its kernel has no {name} ({e.Error})");
            return;
        }

        using (pair)
        {
            string? difference = pair.Run(new byte[64]) ?? pair.CompareMaps();
            Assert.True(difference is null, $"{name}, {form[0]}: {difference?[..Math.Min(2000, difference.Length)]}");
        }
    }

    // A case: r2 and r3 are the operands, the word at r10-16 is the left one; r2 and that word are the results.
    private static IEnumerable<(string Name, Func<IEnumerable<Instruction[]>> Cases)> All()
    {
        foreach ((byte width, string suffix) in ((byte, string)[])[(Wide, ""), (Narrow, "32")])
        {
            for (int i = 0; i < s_operations.Length; i++)
            {
                string name = s_operations[i] + suffix;
                byte code = (byte)((i << 4) | width);
                bool isShift = name.Contains("sh", StringComparison.Ordinal), divides = name.StartsWith("div", StringComparison.Ordinal)
                    || name.StartsWith("mod", StringComparison.Ordinal);
                if (s_operations[i] == "neg")
                {
                    yield return (name, () => [[new(code, Left, 0, 0, 0)]]);
                    continue;
                }

                yield return ($"{name} register", () => [[new((byte)(code | Register), Left, Right, 0, 0)]]);
                int[] immediates = isShift ? [0, 1, 7, 31, .. width == Wide ? [32, 63] : Array.Empty<int>()]
                    : divides ? [.. s_immediates.Where(number => number != 0)] : s_immediates;
                yield return ($"{name} immediate", () => immediates.Select(number => (Instruction[])[new(code, Left, 0, 0, number)]));
                if (!divides) continue;
                yield return ($"s{name} register", () => [[new((byte)(code | Register), Left, Right, 1, 0)]]);
                yield return ($"s{name} immediate", () => immediates.Select(number => (Instruction[])[new(code, Left, 0, 1, number)]));
            }

            foreach (short bits in (short[])[8, 16, 32])
            {
                if (width == Wide || bits < 32)
                    yield return ($"movs{bits}{suffix}", () => [[new((byte)(0xb0 | Register | width), Left, Right, bits, 0)]]);
            }

            foreach (string condition in s_conditions.Where(word => word.Length > 0))
            {
                byte code = (byte)((Array.IndexOf(s_conditions, condition) << 4) | (width == Wide ? Jump : Jump32));
                yield return ($"{condition}{suffix} register", () => [Taken(new((byte)(code | Register), Left, Right, 1, 0))]);
                yield return ($"{condition}{suffix} immediate", () => s_immediates.Select(number => Taken(new(code, Left, 0, 1, number))));
            }
        }

        foreach (int bits in (int[])[16, 32, 64])
        {
            yield return ($"le{bits}", () => [[new(0xd4, Left, 0, 0, bits)]]);
            yield return ($"be{bits}", () => [[new(0xdc, Left, 0, 0, bits)]]);
            yield return ($"bswap{bits}", () => [[new(0xd7, Left, 0, 0, bits)]]);
        }

        yield return ("ja", () => [Jumped(new(0x05, 0, 0, 1, 0))]);
        yield return ("gotol", () => [Jumped(new(0x06, 0, 0, 0, 1))]);
        yield return ("lddw", () => s_edges.Select(number =>
            (Instruction[])[new(0x18, Left, 0, 0, (int)number), new(0, 0, 0, 0, (int)(number >> 32))]));
        foreach ((byte size, string name, short[] places) in s_sizes)
        {
            yield return ($"ldx{name}", () => places.Select(at => (Instruction[])[new((byte)(0x61 | size), Left, Frame, at, 0)]));
            yield return ($"stx{name}", () => places.Select(at => (Instruction[])[new((byte)(0x63 | size), Frame, Right, at, 0)]));
            yield return ($"st{name}", () => places.SelectMany(at => s_immediates.Select(number =>
                (Instruction[])[new((byte)(0x62 | size), Frame, 0, at, number)])));
            if (size != Double)
            {
                yield return ($"ldxs{name}", () => places.Select(at =>
                    (Instruction[])[new((byte)(LoadSigned | size), Left, Frame, at, 0)]));
            }

            // load_acquire, store_release: the value of the map takes them, as the stack does.
            yield return ($"load acquire {name}", () => places.Select(at =>
                (Instruction[])[new((byte)(0xc3 | size), Left, Frame, at, 0x100)]));
            yield return ($"store release {name}", () => places.Select(at =>
                (Instruction[])[new((byte)(0xc3 | size), Frame, Right, at, 0x110)]));
        }

        foreach ((byte size, string name) in ((byte, string)[])[(Word, "w"), (Double, "dw")])
        {
            foreach ((int operation, string word) in ((int, string)[])[(0x00, "add"), (0x40, "or"), (0x50, "and"), (0xa0, "xor")])
            {
                yield return ($"atomic {word} {name}", () => [[new((byte)(0xc3 | size), Frame, Right, -16, operation)]]);
                yield return ($"atomic fetch {word} {name}", () => [Fetched(size, operation | 1)]);
            }

            yield return ($"xchg {name}", () => [Fetched(size, 0xe1)]);

            // r0 is what is expected to be there: the left operand, which is, or the right one.
            yield return ($"cmpxchg {name}", () => ((int[])[Left, Right]).Select(expected => (Instruction[])
            [
                new(0xbf, 0, expected, 0, 0), new((byte)(0xc3 | size), Frame, Right, -16, 0xf1), new(0xbf, Left, 0, 0, 0),
            ]));
        }
    }

    private static Instruction[] Taken(Instruction jump) =>
        [new(0xbf, 4, Left, 0, 0), new(MovWide, 5, 0, 0, 1), jump, new(MovWide, 5, 0, 0, 0), new(0xbf, Left, 5, 0, 0)];

    // The instruction behind the jump is reached where the left operand is 7.
    private static Instruction[] Jumped(Instruction jump) => [new(0x15, Left, 0, 1, 7), jump, new(0x07, Left, 0, 0, 1)];

    private static Instruction[] Fetched(byte size, int operation) =>
        [new((byte)(0xc3 | size), Frame, Right, -16, operation), new(0xbf, Left, Right, 0, 0)];
}
