using System.Text.Json;
using Skep.Analysis.Decompile;
using Skep.Analysis.Drawing;
using Skep.Analysis.Dump;
using Skep.Analysis.Explain;
using Skep.Bpf;
using Skep.Bpf.Elf;
using Skep.Filter;
using Skep.Filter.Compile;
using Skep.Filter.Syntax;
using Skep.Inventory.Code;
using Skep.Isa;
using Skep.Packets.Building;
using Skep.Packets.Captures;

namespace Skep.Fuzz.Tests;

/// <summary>
/// Whatever the bytes of a capture, an object or a program are, they are read, or refused by the documented errors, in bounded time and
/// memory.
/// </summary>
public sealed class BinaryTests : IDisposable
{
    private const int Hours = 3600 * 10;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("skep-fuzz-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    [TimeLimit(Hours)]
    public void Pcap() => Fuzzing.Run("pcap", [Capture(CaptureFormat.PcapNg), Capture(CaptureFormat.Pcap)], [], bytes =>
    {
        CaptureReader reader = CaptureReader.Open(new MemoryStream(bytes));
        while (reader.Next() is { } packet) Assert.NotNull(PacketText.Format(packet.Bytes));
    });

    [Fact]
    [TimeLimit(Hours)]
    public void Object() => Fuzzing.Run("elf", [.. Objects()], [], bytes =>
    {
        string path = Path.Combine(_directory.FullName, "x.o");
        File.WriteAllBytes(path, bytes);
        try
        {
            foreach (ProgramCode code in CodeFileReader.Read(path).Take(4))
            {
                XlatedWriter.WriteText(TextWriter.Null, code, new DumpDetails(false, true), false);
                ExplanationText.Write(TextWriter.Null, Explainer.Explain(code));
            }
        }
        catch (InvalidDataException e)
        {
            Assert.NotEmpty(e.Message);
        }
    });

    [Fact]
    [TimeLimit(Hours)]
    public void Types() => Fuzzing.Run("btf", [.. Objects().Select(Section).OfType<byte[]>()], [], bytes =>
    {
        try
        {
            Btf btf = Btf.Parse(bytes);
            foreach (string name in (string[])["task_struct", "int", "bpf_iter_meta", "x"]) btf.TryFind(name, BtfKind.Struct, out _);
        }
        catch (InvalidDataException e)
        {
            Assert.NotEmpty(e.Message);
        }
    });

    [Fact]
    [TimeLimit(Hours)]
    public void Bytecode() => Fuzzing.Run("bytecode", [.. Programs()], [], bytes =>
    {
        byte[] whole = bytes.AsSpan(0, Math.Min(bytes.Length, 4096 * Instruction.Size) / Instruction.Size * Instruction.Size).ToArray();
        if (whole.Length == 0) return;
        ProgramCode code = CodeFileReader.Raw(whole);
        XlatedWriter.WriteText(TextWriter.Null, code, new DumpDetails(true, true), false);
        ExplanationText.Write(TextWriter.Null, Explainer.Explain(code));
        using (var json = new Utf8JsonWriter(Stream.Null)) ExplanationJson.Write(json, Explainer.Explain(code));
        DecompilationWriter.WriteText(TextWriter.Null, Decompilation.Of(code), new DecompilationOptions(true, true, false));
        FlowDotWriter.Write(TextWriter.Null, code, default);
        FlowSvgWriter.Write(TextWriter.Null, code);
    });

    private static byte[] Capture(CaptureFormat format)
    {
        var stream = new MemoryStream();
        var writer = new CaptureWriter(stream, format, [new CaptureInterface("eth0")]);
        for (int i = 0; i < 3; i++)
        {
            Assert.True(PacketText.TryParse($"udp 10.0.0.{i}:5 > 10.0.0.2:53", out PacketSpec spec, out _));
            byte[] bytes = PacketBuilder.Build(spec);
            writer.Write(new CapturedPacket((ulong)i, bytes, bytes.Length));
        }

        return stream.ToArray();
    }

    private static IEnumerable<byte[]> Objects()
    {
        yield return File.ReadAllBytes(Repository.File("out/bpf/perf_outputs.bpf.o"));
        yield return File.ReadAllBytes(Repository.File("out/bpf/owners.bpf.o"));
        byte[] program = Programs().First();
        yield return BpfElfWriter.Write(
            [new BpfElfFunction("a", "xdp", program, []), new BpfElfFunction("b", "tc", program, [new BpfElfReference(0, "m", false)])],
            "GPL");
    }

    private static byte[]? Section(byte[] file) =>
        ElfFile.TryParse(file, out ElfFile? elf, out _) ? elf.Section(".BTF")?.Content.ToArray() : null;

    private static IEnumerable<byte[]> Programs()
    {
        foreach (string path in (string[])["out/bpf/perf_outputs.bpf.o", "out/bpf/owners.bpf.o"])
            foreach (ProgramCode code in CodeFileReader.Read(Repository.File(path))) yield return code.Bytes.ToArray();
        string[] rules =
        [
            "table t {\n tcp dport 22 drop\n ip saddr 10.0.0.0/8 limit rate 5/second per ip saddr log drop\n}",
            "table t {\n set s { type ipv6_addr; flags interval; elements = { ::/64 } }\n ip6 saddr @s drop\n udp dport 1-9 swap "
            + "ether,ip,udp tx\n}",
        ];
        foreach (string text in rules)
            yield return Encode(FilterCompiler.Compile(RuleFile.Read(new SourceText("x", text)).Table!).Instructions.ToArray());
    }

    private static byte[] Encode(Instruction[] program)
    {
        byte[] bytes = new byte[program.Length * Instruction.Size];
        System.Runtime.InteropServices.MemoryMarshal.AsBytes<Instruction>(program).CopyTo(bytes);
        return bytes;
    }
}
