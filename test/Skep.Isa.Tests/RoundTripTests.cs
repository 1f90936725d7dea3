using CsCheck;

namespace Skep.Isa.Tests;

public sealed class RoundTripTests
{
    private static readonly short[] _offsets = [0, 1, 2, 3, 8, 16, 32, -1, -8, short.MinValue, short.MaxValue];
    private static readonly int[] _immediates =
        [0, 1, 2, 8, 16, 32, 64, 0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1, 0xe0, 0xe1, 0xf0, 0xf1, 0x100, 0x110, 0x111, -1, int.MinValue,
            int.MaxValue];

    private static readonly int[] _registers = [0x00, 0x01, 0x10, 0x21, 0xa9, 0xbb, 0xc1, 0x1c, 0xff];

    [Fact]
    public void Any_words_come_back_as_they_were() =>
        Gen.ULong.Array[0, 64].Sample(words => Assert.Equal(words, Reencode(words)));

    [Fact]
    public void Every_opcode_with_telling_fields_comes_back_as_it_was()
    {
        var pair = new ulong[2];
        for (var code = 0; code < 256; code++)
        {
            foreach (var registers in _registers)
            {
                foreach (var off in _offsets)
                {
                    foreach (var imm in _immediates)
                    {
                        pair[0] = new Instruction((byte)code, registers, registers >> 4, off, imm).Raw;
                        pair[1] = 0x12345678_00000000;
                        Assert.Equal(pair, Reencode(pair));
                    }
                }
            }
        }
    }

    [Fact]
    public void An_item_that_is_valid_is_composed_from_its_operands_alone()
    {
        var valid = 0;
        Gen.Select(Gen.Byte, Gen.Byte, Of(_offsets), Of(_immediates)).Sample((code, registers, off, imm) =>
        {
            var slot = new Instruction(code, registers, registers >> 4, off, imm);
            var item = Decoder.Decode([slot, new Instruction(0, 0, 0, 0, 0)], 0);
            if (!item.IsValid)
                return;
            Interlocked.Increment(ref valid);
            // Bits of unused fields do not reach the encoding of a valid instruction: they are zero in it.
            var slots = new Instruction[2];
            Encoder.Encode(item, slots);
            Assert.Equal(slot, slots[0]);
            Assert.True(Decoder.Decode(slots, 0).IsValid);
        }, iter: 100_000);
        Assert.InRange(valid, 1000, 100_000);
    }

    [Fact]
    public void Slots_and_bytes_are_views_of_each_other()
    {
        var program = SamplePrograms.Broad;
        var bytes = Encoder.Bytes(program);

        Assert.Equal(program, Decoder.Slots(bytes).ToArray());
        Assert.Equal(program[3], Instruction.Read(bytes[(3 * Instruction.Size)..]));
        Assert.Equal(Convert.ToHexStringLower(bytes[..Instruction.Size]), program[0].ToString());
        Assert.Equal(2, Decoder.Slots(bytes[..23]).Length);
        var copy = new byte[Instruction.Size];
        program[3].Write(copy);
        Assert.Equal(bytes.Slice(3 * Instruction.Size, Instruction.Size), copy);
    }

    [Fact]
    public void Encoding_into_too_little_room_says_so()
    {
        var item = Decoder.Decode([new(0x18, 1, 0, 0, 5), default], 0);
        var error = Assert.Throws<ArgumentException>(() => Encoder.Encode(item, new Instruction[1]));
        Assert.Contains("room for 1 of 2 slots", error.Message);
    }

    private static Gen<T> Of<T>(T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static ulong[] Reencode(ReadOnlySpan<ulong> words)
    {
        var program = new Instruction[words.Length];
        for (var i = 0; i < words.Length; i++)
            program[i] = new(words[i]);
        var output = new Instruction[words.Length];
        var at = 0;
        foreach (var item in Decoder.Decode(program))
        {
            Assert.Equal(at, item.Index);
            at += Encoder.Encode(item, output.AsSpan(at));
        }

        Assert.Equal(words.Length, at);
        return Array.ConvertAll(output, slot => slot.Raw);
    }
}
