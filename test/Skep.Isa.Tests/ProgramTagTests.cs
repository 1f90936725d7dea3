using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CsCheck;

namespace Skep.Isa.Tests;

public sealed class ProgramTagTests
{
    [Fact]
    public void A_program_without_maps_hashes_as_its_bytes() =>
        Gen.ULong.Array[0, 200].Sample(words =>
        {
            // Opcode 0xb7 is no map load, so that nothing is set to zero.
            var program = Array.ConvertAll(words, word => new Instruction((word & ~0xfful) | 0xb7));
            var bytes = MemoryMarshal.AsBytes<Instruction>(program);

            Assert.Equal(SHA256.HashData(bytes), ProgramTag.Compute(program, TagHash.Sha256));
            Assert.Equal(SHA1.HashData(bytes), ProgramTag.Compute(program, TagHash.Sha1));
        });

    [Fact]
    public void A_digest_is_that_of_OpenSSL() =>
        Gen.Byte.Array[0, 300].Sample(bytes => Assert.Equal(SHA256.HashData(bytes), Sha256Digest.Compute(bytes)));

    [Fact]
    public void Digests_of_several_messages_are_those_of_each() => Gen.Byte.Array[0, 200].Array[0, 11].Sample(messages =>
    {
        var ends = new int[messages.Length];
        for (var i = 0; i < ends.Length; i++) ends[i] = messages[i].Length + (i == 0 ? 0 : ends[i - 1]);
        var digests = new byte[ends.Length * Sha256Digest.Size];

        Sha256Digest.Compute(messages.SelectMany(m => m).ToArray(), ends, digests);

        Assert.Equal(messages.SelectMany(SHA256.HashData), digests);
    });

    [Theory]
    [InlineData(WideSource.MapFd, true)]
    [InlineData(WideSource.MapValue, true)]
    [InlineData(WideSource.Number, false)]
    [InlineData(WideSource.BtfId, false)]
    [InlineData(WideSource.Function, false)]
    [InlineData(WideSource.MapIndex, false)]
    [InlineData(WideSource.MapIndexValue, false)]
    public void Only_descriptors_and_value_offsets_are_left_out(byte source, bool leftOut)
    {
        Instruction[] program = [new(0x18, 1, source, 0, 42), new(0, 0, 0, 0, 8), new(0x95, 0, 0, 0, 0)];
        Instruction[] zeroed = [new(0x18, 1, source, 0, 0), new(0, 0, 0, 0, 0), new(0x95, 0, 0, 0, 0)];

        Assert.Equal(leftOut, ProgramTag.Compute(program, TagHash.Sha256).SequenceEqual(Sha256(zeroed)));
        Assert.Equal(!leftOut, ProgramTag.Compute(program, TagHash.Sha256).SequenceEqual(Sha256(program)));
    }

    [Fact]
    public void A_second_slot_that_is_none_stays_and_may_start_a_load()
    {
        // The kernel looks at the slot after a map load: with an opcode it is hashed as it is, and is not taken for a map load.
        Instruction[] program = [new(0x18, 1, WideSource.MapFd, 0, 42), new(0x18, 2, WideSource.MapFd, 0, 43), new(0, 0, 0, 0, 9)];
        Instruction[] expected = [new(0x18, 1, WideSource.MapFd, 0, 0), new(0x18, 2, WideSource.MapFd, 0, 43), new(0, 0, 0, 0, 9)];

        Assert.Equal(Sha256(expected), ProgramTag.Compute(program, TagHash.Sha256));
    }

    [Fact]
    public void The_tag_is_the_digests_first_eight_bytes()
    {
        var digest = ProgramTag.Compute(SamplePrograms.Trivial, TagHash.Sha1);

        // Linux before 6.18 shows this tag for "r0 = 0; exit", the program that feature probes load.
        Assert.Equal("a04f5eef06a7f555", ProgramTag.Text(digest));
        Assert.Equal(20, digest.Length);
    }

    [Fact]
    public void Too_little_room_is_said() =>
        Assert.Contains(
            "room for 20 of 32 bytes",
            Assert.Throws<ArgumentException>(() => ProgramTag.Compute([], TagHash.Sha256, new byte[20])).Message);

    private static byte[] Sha256(Instruction[] program) => SHA256.HashData(MemoryMarshal.AsBytes<Instruction>(program));
}
