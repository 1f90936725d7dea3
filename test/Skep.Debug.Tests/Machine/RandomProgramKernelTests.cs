using Skep.Bpf;
using Skep.Isa;

namespace Skep.Debug.Tests.Machine;

/// <summary>Random programs return in a machine what they return in the kernel, and leave the same packets and maps.</summary>
[Trait("level", "kernel")]
public sealed class RandomProgramKernelTests
{
    private const int PacketsOfProgram = 250;

    [Theory]
    [InlineData(BpfProgramType.Xdp, 1600)]
    [InlineData(BpfProgramType.SchedCls, 1200)]
    [InlineData(BpfProgramType.CgroupSkb, 400)]
    [InlineData(BpfProgramType.SocketFilter, 400)]
    public void Programs_do_the_same(BpfProgramType type, int programs)
    {
        Requires.Root();
        for (int seed = 0; seed < programs; seed++) Compare(type, seed);
    }

    private static void Compare(BpfProgramType type, int seed)
    {
        var random = new Random(seed);
        Instruction[] code = RandomProgram.Make(random, type);
        using var pair = new KernelPair(type, code, RandomProgram.Maps);
        for (int i = 0; i < PacketsOfProgram; i++)
        {
            byte[] packet = new byte[random.Next(8) == 0 ? random.Next(40, 78) : random.Next(78, 120)];
            random.NextBytes(packet);

            // Not of IP: BPF_PROG_RUN refuses short ones.
            packet[12] |= 0x10;
            if (random.Next(4) == 0) packet.AsSpan(14).Fill((byte)random.Next(256));
            if (pair.Run(packet) is { } difference)
                Assert.Fail($"{type} program {seed}, packet {i}: {difference}\n{Convert.ToHexString(packet)}\n{pair.Listing()}");
        }

        if (pair.CompareMaps() is { } maps) Assert.Fail($"{type} program {seed}: {maps}\n{pair.Listing()}");
    }
}
