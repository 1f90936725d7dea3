using System.Buffers.Binary;
using Skep.Analysis.Decompile;
using Skep.Analysis.Drawing;
using Skep.Analysis.Dump;
using Skep.Analysis.Explain;
using Skep.Bpf;
using Skep.Bpf.Elf;
using Skep.Inventory.Code;

namespace Skep.Analysis.Tests.Cost;

/// <summary>Reading objects, types and programs costs about as much as they are long, whatever they are.</summary>
public sealed class CodeCostTests
{
    private static readonly byte[] Exit = [0x95, 0, 0, 0, 0, 0, 0, 0];
    private static readonly byte[] Zero = [0xb7, 0, 0, 0, 0, 0, 0, 0];

    private static readonly Dictionary<string, (int Size, Func<int, byte[]> Make)> Programs = new()
    {
        ["moves"] = (2000, n => Many(n, _ => Zero)),
        ["branches over one"] = (500, n => [.. Zero, .. Many(n, i => [0x15, (byte)(i % 10), 1, 0, 1, 0, 0, 0, .. Zero])]),
        ["branches to the end"] = (500, n => Many(n, i => [0x15, 1, .. Offset(n - i - 1), 1, 0, 0, 0])),
        ["branches back"] = (300, n => [.. Zero, .. Many(n, i => [0x15, 0, .. Offset(-i - 2), 1, 0, 0, 0])]),
        ["loops in loops"] = (100, n => [.. Many(n, _ => Zero), .. Many(n, i => [0x15, 0, .. Offset((-2 * i) - 2), 1, 0, 0, 0])]),
        ["functions that call the next"] = (300, n => Many(n, _ => [0x85, 0x10, 0, 0, 1, 0, 0, 0, .. Exit])),
        ["calls of one function"] = (500, n => [.. Many(n, i => [0x85, 0x10, 0, 0, .. BitConverter.GetBytes(n - i)]), .. Exit, .. Zero]),
        ["stack slots"] = (500, n => Many(n, i => [0x7a, 10, .. Offset(-8 * (1 + (i % 64))), 1, 0, 0, 0])),
        ["helper calls"] = (500, n => Many(n, i => [0x85, 0, 0, 0, (byte)(1 + (i % 200)), 0, 0, 0])),
        ["maps"] = (500, n => Many(n, i => [0x18, 0x11, 0, 0, .. BitConverter.GetBytes(i), .. new byte[8]])),
        ["unknown instructions"] = (2000, n => Many(n, _ => [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
    };

    private static readonly Dictionary<string, (int Size, Func<int, byte[]> Make)> Types = new()
    {
        ["chains of pointers"] = (5000, n => BtfOf(n, i => Type(0, 2, 0, (uint)i))),
        ["a chain of typedefs"] = (5000, n => BtfOf(n, i => Type(1, 8, 0, (uint)i + 2))),
        ["a circle of typedefs"] = (5000, n => BtfOf(n, i => Type(1, 8, 0, (uint)((i + 1) % n) + 1))),
        ["structs of one name"] = (5000, n => BtfOf(n, _ => Type(1, 4, 0, 4))),
        ["a struct of many members"] =
            (5000, n => BtfOf(1, _ => [.. Type(1, 4, (ushort)Math.Min(n, 0xffff), 4), .. Many(Math.Min(n, 0xffff), _ => new byte[12])])),
        ["structs in structs"] =
            (3000, n => BtfOf(n, i => [.. Type(1, 4, 1, 4), 1, 0, 0, 0, .. BitConverter.GetBytes((uint)i), 0, 0, 0, 0])),
        ["arrays of arrays"] =
            (5000, n =>
                BtfOf(n,
                    i =>
                        [.. Type(0, 3, 0, 0), .. BitConverter.GetBytes((uint)i), .. BitConverter.GetBytes((uint)i), 0xff, 0xff, 0xff,
                            0x7f])),
    };

    private static readonly Dictionary<string, (int Size, Func<int, byte[]> Make)> Objects = new()
    {
        ["functions"] = (300, n => Object(n, i => new BpfElfFunction($"f{i}", "xdp", (byte[])[.. Zero, .. Exit], []))),
        ["functions of one name"] = (300, n => Object(n, _ => new BpfElfFunction("f", "xdp", (byte[])[.. Zero, .. Exit], []))),
        ["sections"] = (300, n => Object(n, i => new BpfElfFunction($"f{i}", $"xdp/{i}", (byte[])[.. Zero, .. Exit], []))),
        ["references"] =
            (500, n =>
                Object(1,
                    _ =>
                        new BpfElfFunction("f", "xdp", (byte[])[.. Many(n, _ => [0x18, 1, .. new byte[14]]), .. Exit],
                            [.. Enumerable.Range(0, n).Select(i => new BpfElfReference(16 * i, $"m{i}", false))]))),
        ["references to one map"] =
            (500, n =>
                Object(1,
                    _ =>
                        new BpfElfFunction("f", "xdp", (byte[])[.. Many(n, _ => [0x18, 1, .. new byte[14]]), .. Exit],
                            [.. Enumerable.Range(0, n).Select(i => new BpfElfReference(16 * i, "m", false))]))),
        ["a long function"] = (5000, n => Object(1, _ => new BpfElfFunction("f", "xdp", (byte[])[.. Many(n, _ => Zero), .. Exit], []))),
        ["a long name"] = (50000, n => Object(1, _ => new BpfElfFunction(new string('f', n), "xdp", (byte[])[.. Zero, .. Exit], []))),
    };

    public static TheoryData<string> ProgramNames => [.. Programs.Keys];

    // The arrows of loops in loops pass through all layers of the drawing: there are that many places to draw, up to a limit.
    public static TheoryData<string> DrawnNames => [.. Programs.Keys.Where(name => name != "loops in loops")];

    public static TheoryData<string> TypeNames => [.. Types.Keys];

    public static TheoryData<string> ObjectNames => [.. Objects.Keys];

    [Theory]
    [MemberData(nameof(ProgramNames))]
    public void Dump_of(string shape) =>
        Cost(shape, code => XlatedWriter.WriteText(TextWriter.Null, code, new DumpDetails(true, true), false));

    [Theory]
    [MemberData(nameof(ProgramNames))]
    public void Explanation_of(string shape) => Cost(shape, code => ExplanationText.Write(TextWriter.Null, Explainer.Explain(code)));

    [Theory]
    [MemberData(nameof(ProgramNames))]
    public void Decompilation_of(string shape) =>
        Cost(shape,
            code => DecompilationWriter.WriteText(TextWriter.Null, Decompilation.Of(code), new DecompilationOptions(true, false, false)));

    [Theory]
    [MemberData(nameof(DrawnNames))]
    public void Graph_of(string shape) => Cost(shape, code => FlowSvgWriter.Write(TextWriter.Null, code));

    [Fact]
    public void A_graph_of_too_many_bends_is_refused()
    {
        ProgramCode code = CodeFileReader.Raw((byte[])[.. Programs["loops in loops"].Make(1600), .. Exit]);
        using var output = new StringWriter();
        Assert.Contains("--dot", Assert.Throws<InvalidDataException>(() => FlowSvgWriter.Write(output, code)).Message,
            StringComparison.Ordinal);
        Assert.Equal("", output.ToString());
    }

    [Theory]
    [MemberData(nameof(TypeNames))]
    public void Types_of(string shape) => Growth.AssertAboutLinear(Types[shape].Size, Types[shape].Make, bytes =>
    {
        try
        {
            Btf btf = Btf.Parse(bytes);
            btf.TryFind("a", BtfKind.Struct, out _);
            btf.TryFind("b", BtfKind.Struct, out _);
        }
        catch (InvalidDataException e)
        {
            Assert.NotEmpty(e.Message);
        }
    });

    [Theory]
    [MemberData(nameof(ObjectNames))]
    public void Objects_of(string shape) => Growth.AssertAboutLinear(Objects[shape].Size, Objects[shape].Make, bytes =>
    {
        Assert.True(ElfFile.TryParse(bytes, out ElfFile? elf, out string reason), reason);
        Assert.NotEmpty(ElfCodeReader.Read(elf));
    });

    [Fact]
    public void A_relocation_of_what_is_no_whole_instruction_is_passed_over()
    {
        byte[] file =
            Object(1,
                _ =>
                    new BpfElfFunction("f", "xdp", (byte[])[.. Zero, .. Exit, 0x18, 1, .. new byte[14]],
                        [new BpfElfReference(16, "m", false)]));
        int headers = (int)BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(0x28)), cut = 0;
        for (int at = headers; at + 64 <= file.Length; at += 64)
        {
            // The section of the function ends within its third instruction, as its symbol does.
            if (BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(at + 32)) != 32 || (file[at + 8] & 4) == 0) continue;
            file[at + 32] = 20;
            cut++;
        }

        Assert.Equal(1, cut);
        Assert.True(ElfFile.TryParse(file, out ElfFile? elf, out string reason), reason);
        Assert.Equal(16, Assert.Single(ElfCodeReader.Read(elf)).Bytes.Length);
    }

    private static void Cost(string shape, Action<ProgramCode> read) =>
        Growth.AssertAboutLinear(Programs[shape].Size, n => CodeFileReader.Raw((byte[])[.. Programs[shape].Make(n), .. Exit]), read);

    private static byte[] Object(int n, Func<int, BpfElfFunction> function) =>
        BpfElfWriter.Write([.. Enumerable.Range(0, n).Select(function)], "GPL");

    private static byte[] Many(int n, Func<int, byte[]> one) => [.. Enumerable.Range(0, n).SelectMany(one)];

    private static byte[] Offset(int offset) => BitConverter.GetBytes((short)Math.Clamp(offset, short.MinValue, short.MaxValue));

    private static byte[] Type(uint name, byte kind, ushort length, uint size) =>
        [.. BitConverter.GetBytes(name), .. BitConverter.GetBytes(((uint)kind << 24) | length), .. BitConverter.GetBytes(size)];

    private static byte[] BtfOf(int n, Func<int, byte[]> type)
    {
        byte[] types = Many(n, type), names = [0, .. "a"u8, 0];
        byte[] head = new byte[24];
        BinaryPrimitives.WriteUInt16LittleEndian(head, 0xeb9f);
        (head[2], head[4]) = (1, 24);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(12), types.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(16), types.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(20), names.Length);
        return [.. head, .. types, .. names];
    }
}
