using System.Buffers;
using System.Text.Json;
using CsCheck;
using Skep.Analysis.Analyze;
using Skep.Analysis.Explain;
using Skep.Analysis.Tests.Support;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Analysis.Tests.Explain;

/// <summary>Code comes from anyone: nothing that it holds makes explain fail.</summary>
public sealed class AnyBytesTests
{
    [Fact]
    public void Random_bytes_are_explained() => Gen.Byte.Array[8, 800].Sample(bytes => Explained(Bytes(bytes), null), iter: 1_000);

    [Fact]
    public void Random_operations_are_explained() =>
        Gen.Select(Gen.Int[0, OpcodesOfPrograms.Length - 1].Select(number => OpcodesOfPrograms[number]), Gen.Int[0, 11], Gen.Int[0, 11],
            Gen.Short[-20, 20], Gen.Int[-4, 220]).Array[1, 120].Sample(
            rows => Explained(Bytes(rows.SelectMany(row =>
            {
                var bytes = new byte[Instruction.Size];
                new Instruction(row.Item1, row.Item2, row.Item3, row.Item4, row.Item5).Write(bytes);
                return bytes;
            }).ToArray()), Skep.Bpf.BpfProgramType.SchedCls), iter: 1_500);

    [Fact]
    public void Damaged_objects_are_explained_or_refused()
    {
        byte[] whole = BpfSource.Object("Programs/kinds.bpf.c");
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte).Array[1, 24].Sample(changes =>
        {
            byte[] bytes = [.. whole];
            foreach ((int at, byte value) in changes) bytes[at] = value;
            try
            {
                foreach (ProgramCode code in BpfPrograms.OfBytes(bytes)) Written(Explainer.Explain(code));
            }
            catch (InvalidDataException)
            {
                // Refused with a reason.
            }
        }, iter: 50);
    }

    [Fact]
    public void A_million_instructions_are_analyzed()
    {
        // Loops, branches, stores and calls: what makes states meet.
        const int repeats = 100_000;
        var code = new List<Instruction>();
        for (int i = 0; i < repeats; i++)
        {
            code.Add(new Instruction(0xbf, 1, 10, 0, 0));
            code.Add(new Instruction(0x07, 1, 0, 0, -16));
            code.Add(new Instruction(0xb7, 2, 0, 0, 16));
            code.Add(new Instruction(0x85, 0, 0, 0, 16));
            code.Add(new Instruction(0x15, 0, 0, 2, 0));
            code.Add(new Instruction(0x7b, 10, 0, -24, 0));
            code.Add(new Instruction(0x07, 6, 0, 0, 1));
            code.Add(new Instruction(0x15, 6, 0, -6, i));
            code.Add(new Instruction(0x7b, 10, 6, -32, 0));
            code.Add(new Instruction(0x79, 7, 10, -24, 0));
        }

        code.Add(new Instruction(0x95, 0, 0, 0, 0));
        var bytes = new byte[code.Count * Instruction.Size];
        for (int i = 0; i < code.Count; i++) code[i].Write(bytes.AsSpan(i * Instruction.Size));
        ProgramAnalysis analysis = ProgramAnalysis.Run(CodeFileReader.Raw(bytes));
        Assert.Equal(repeats, analysis.Calls.Count);
    }

    private static readonly byte[] OpcodesOfPrograms =
        [0x07, 0x0f, 0x04, 0xbf, 0xb7, 0xb4, 0xbc, 0x67, 0x77, 0x57, 0x18, 0x61, 0x69, 0x71, 0x79, 0x62, 0x63, 0x7a, 0x7b, 0x73, 0xdb, 0xc3,
            0x85, 0x85, 0x85, 0x15, 0x55, 0x1d, 0x05, 0x95, 0x20, 0x40, 0x87, 0xdc];

    private static byte[] Bytes(byte[] bytes) => bytes[..(bytes.Length / Instruction.Size * Instruction.Size)];

    private static void Explained(byte[] bytes, Skep.Bpf.BpfProgramType? type)
    {
        Written(Explainer.Explain(CodeFileReader.Raw(bytes) with { Type = type }));
        Written(Explainer.Explain(CodeFileReader.Raw(bytes) with { Type = type, Form = ProgramForm.Translated }));
    }

    private static void Written(Explanation about)
    {
        ExplanationText.Write(TextWriter.Null, about);
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        ExplanationJson.Write(json, about);
        json.Flush();
        Assert.True(JsonDocument.Parse(buffer.WrittenMemory).RootElement.TryGetProperty("findings", out _));
    }
}
