using Skep.Bpf;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.State;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Debug.Tests.Machine;

/// <summary>Calls that work on packets do what the kernel's do.</summary>
[Trait("level", "kernel")]
public sealed class PacketCallKernelTests
{
    private const int Runs = 3000;
    private const int L3Replace = 10, L4Replace = 11, StoreBytes = 9, Redirect = 23, LoadBytes = 26, ChecksumDifference = 28,
        VlanPush = 18, VlanPop = 19, ChangeType = 32, ChangeTail = 38, PullData = 39, ChangeHead = 43, AdjustHead = 44, AdjustRoom = 50,
            RedirectMap = 51,
        AdjustMeta = 54, AdjustTail = 65, LoadRelative = 68, XdpLength = 188, XdpLoad = 189, XdpStore = 190,
        ChecksumUpdate = 40, SetCongestion = 97, ChecksumLevel = 135;

    [Theory]
    [InlineData(AdjustHead)]
    [InlineData(AdjustMeta)]
    [InlineData(AdjustTail)]
    public void Frames_are_adjusted(int call) => CallProgram.Compare(
        BpfProgramType.Xdp,
        CallProgram.Make(code => code.Mov(R1, R6).Give(R2, 0).Call(call).Store(MemorySize.Double, R8, 8, R0)
            .Mov(R1, R6).Give(R2, 1).Call(AdjustHead).Store(MemorySize.Double, R8, 16, R0)
            .Mov(R1, R6).Give(R2, 2).Call(call).Store(MemorySize.Double, R8, 24, R0).Mov(R1, R6).Call(XdpLength)),
        [], Runs, random => (CallProgram.Input(Distance(random), Distance(random), Distance(random)), CallProgram.Packet(random), []));

    [Fact]
    public void Metadata_is_given()
    {
        CallProgram.Compare(
            BpfProgramType.Xdp,
            CallProgram.Make(code => code.Load(MemorySize.Word, R1, R6, 0).Load(MemorySize.Word, R2, R6, 8).Sub(R1, R2).Mov(R0, R1)
                .Load(MemorySize.Word, R1, R6, 12).Store(MemorySize.Double, R8, 8, R1)
                .Load(MemorySize.Word, R1, R6, 16).Store(MemorySize.Double, R8, 16, R1)),
            [], Runs, random =>
            {
                byte[] packet = CallProgram.Packet(random, 60), context = new byte[24];
                BitConverter.TryWriteBytes(context, random.Next(8) * 4);
                BitConverter.TryWriteBytes(context.AsSpan(4), packet.Length);
                BitConverter.TryWriteBytes(context.AsSpan(12), random.Next(2));
                return (new byte[CallProgram.InputBytes], packet, context);
            });
    }

    [Theory]
    [InlineData(XdpLoad, true)]
    [InlineData(XdpLoad, false)]
    [InlineData(XdpStore, true)]
    public void Bytes_of_frames_are_copied(int call, bool isNear) => CallProgram.Compare(
        BpfProgramType.Xdp,
        CallProgram.Make(code => code.Mov(R1, R6).Give(R2, 0).Mov(R3, R8).Add(R3, 16).Give(R4, 1).And(R4, 63).Add(R4, 1).Call(call)),
        [], Runs, random => (CallProgram.Input(Offset(random, isNear), (ulong)random.Next(64)), CallProgram.Packet(random), []));

    [Fact]
    public void Bytes_of_buffers_are_loaded() => CallProgram.Compare(
        BpfProgramType.SchedCls,
        CallProgram.Make(code => Sized(code.Mov(R1, R6).Give(R2, 0).Mov(R3, R8).Add(R3, 16)).Call(LoadBytes)
            .Store(MemorySize.Double, R8, 8, R0).Mov(R1, R6).Give(R2, 0).Mov(R3, R8).Add(R3, 136).Mov(R4, 64).Give(R5, 2)
            .Call(LoadRelative)),
        [], Runs, random => (CallProgram.Input(Offset(random, random.Next(4) != 0), (ulong)random.Next(128), (ulong)random.Next(3)),
            CallProgram.Packet(random), []));

    [Fact]
    public void Relative_loads_of_cgroups_begin_at_the_network_header() => CallProgram.Compare(
        BpfProgramType.CgroupSkb,
        CallProgram.Make(code => code.Mov(R1, R6).Give(R2, 0).Mov(R3, R8).Add(R3, 136).Mov(R4, 20).Give(R5, 1).Call(LoadRelative)),
        [], Runs, random => (CallProgram.Input((ulong)random.Next(60), (ulong)random.Next(3)), CallProgram.Packet(random, 60), []));

    [Fact]
    public void Bytes_of_buffers_are_stored() => CallProgram.Compare(
        BpfProgramType.SchedCls,
        CallProgram.Make(code => Sized(code.Mov(R1, R6).Give(R2, 0).Mov(R3, R7)).Give(R5, 2).Call(StoreBytes)),
        [], Runs, random => (CallProgram.Input(Offset(random, random.Next(4) != 0), (ulong)random.Next(1, 128), (ulong)random.Next(5)),
            CallProgram.Packet(random), []));

    [Theory]
    [InlineData(L3Replace, 0x1f)]
    [InlineData(L4Replace, 0x1ff)]
    public void Checksums_are_replaced(int call, int flags) => CallProgram.Compare(
        BpfProgramType.SchedCls,
        CallProgram.Make(code => code.Mov(R1, R6).Give(R2, 0).Give(R3, 1).Give(R4, 2).Give(R5, 3).Call(call)),
        [], Runs * 2, random =>
        {
            byte[] packet = CallProgram.Packet(random);
            int offset = random.Next(packet.Length / 2) * 2;
            if (random.Next(4) == 0 && offset + 1 < packet.Length) packet.AsSpan(offset, 2).Fill((byte)(random.Next(2) * 255));
            ulong from = random.Next(3) == 0 ? 0 : (ulong)random.NextInt64(), to = random.Next(3) == 0 ? 0 : (ulong)random.NextInt64();
            ulong flag = (ulong)(random.Next(flags + 1) & ~0xf | (random.Next(5) == 0 ? random.Next(16) : random.Next(3) * 2));
            return (CallProgram.Input((ulong)(random.Next(8) == 0 ? random.Next(70_000) : offset), from, to, flag), packet, []);
        });

    [Theory]
    [InlineData(BpfProgramType.Xdp)]
    [InlineData(BpfProgramType.SchedCls)]
    public void Checksums_are_subtracted(BpfProgramType type) => CallProgram.Compare(
        type,
        CallProgram.Make(code => code.Mov(R1, R7).Add(R1, 32).Give(R2, 0).And(R2, 31).Mov(R3, R7).Add(R3, 64).Give(R4, 1).And(R4, 31)
            .Give(R5, 2).Call(ChecksumDifference)),
        [], Runs * 2, random =>
        {
            var numbers = new ulong[16];
            ulong Number() => random.Next(4) switch { 0 => 0, 1 => ulong.MaxValue, _ => (ulong)random.NextInt64() };
            for (int i = 2; i < numbers.Length; i++) numbers[i] = Number();
            numbers[0] = (ulong)random.Next(random.Next(4) == 0 ? 32 : 8) * (random.Next(4) == 0 ? 1UL : 4);
            numbers[1] = (ulong)random.Next(8) * 4;
            return (CallProgram.Input(numbers), CallProgram.Packet(random), []);
        });

    [Theory]
    [InlineData(ChangeTail)]
    [InlineData(ChangeHead)]
    [InlineData(PullData)]
    [InlineData(ChangeType)]
    public void Lengths_of_buffers_change(int call) => CallProgram.Compare(
        BpfProgramType.SchedCls,
        CallProgram.Make(code => code.Mov(R1, R6).Give(R2, 0).Give(R3, 1).Call(call).Load(MemorySize.Word, R1, R6, 0)
            .Store(MemorySize.Double, R8, 8, R1).Load(MemorySize.Word, R1, R6, 4).Store(MemorySize.Double, R8, 16, R1)),
        [], Runs, random => (CallProgram.Input((ulong)(random.Next(8) == 0 ? random.Next(20_000) : random.Next(220)),
            random.Next(8) == 0 ? 1UL : 0), CallProgram.Packet(random), []));

    [Fact]
    public void Room_is_made_between_headers() => CallProgram.Compare(
        BpfProgramType.SchedCls,
        CallProgram.Make(code => code.Mov(R1, R6).Give(R2, 0).Give(R3, 1).Give(R4, 2).Call(AdjustRoom).Load(MemorySize.Word, R1, R6, 0)
            .Store(MemorySize.Double, R8, 8, R1).Mov(R1, R6).Mov(R2, 0).Mov(R3, R8).Add(R3, 64).Mov(R4, 14).Mov(R5, 1)
            .Store(MemorySize.Double, R8, 24, R0).Call(LoadRelative)),
        [], Runs, random => (CallProgram.Input((ulong)random.Next(-60, 60), (ulong)random.Next(3), (ulong)random.Next(2) * 32),
            CallProgram.Packet(random, 60), []));

    [Fact]
    public void Tags_are_pushed_and_popped() => CallProgram.Compare(
        BpfProgramType.SchedCls,
        CallProgram.Make(code =>
        {
            for (short i = 0; i < 5; i++)
            {
                Label pop = code.DefineLabel(), done = code.DefineLabel();
                code.Mov(R1, R6).Give(R2, 2 * i).Give(R3, (2 * i) + 1).JumpIf(Condition.Equal, R2, 0, pop).Call(VlanPush).Jump(done)
                    .Bind(pop).Call(VlanPop).Bind(done).Store(MemorySize.Double, R8, (short)(40 * (i + 1)), R0);
                for (short field = 0; field < 4; field++)
                    code.Load(MemorySize.Word, R1, R6, (short)(16 + (4 * field)))
                        .Store(MemorySize.Word, R8, (short)((40 * (i + 1)) + 8 + (4 * field)), R1);
            }

            code.Mov(R1, R6).Mov(R2, 0).Mov(R3, R8).Add(R3, 8).Mov(R4, 20).Mov(R5, 1).Call(LoadRelative);
        }),
        [], Runs, random =>
        {
            var numbers = new ulong[10];
            for (int i = 0; i < numbers.Length; i++)
                numbers[i] = i % 2 == 0 ? ((ulong[])[0, 0, 0x81, 0xa888, 0x1234])[random.Next(5)] : (ulong)random.Next(0x10000);
            byte[] packet = CallProgram.Packet(random, 14, 90);
            if (random.Next(2) == 0) (packet[12], packet[13]) = (0x81, 0);
            if (random.Next(2) == 0 && packet.Length > 20) (packet[16], packet[17]) = (0x88, 0xa8);
            return (CallProgram.Input(numbers), packet, []);
        });

    [Fact]
    public void Packets_are_redirected() => CallProgram.Compare(
        BpfProgramType.Xdp,
        CallProgram.Make(code => code.Give(R1, 0).Give(R2, 1).Call(Redirect).Store(MemorySize.Double, R8, 8, R0)
            .LoadMapIndex(R1, 2).Give(R2, 2).Give(R3, 1).Call(RedirectMap)),
        [new MapDefinition("devices", BpfMapType.Devmap, 4, 4, 4)], Runs,
        random => (CallProgram.Input((ulong)random.Next(3), (ulong)(random.Next(2) == 0 ? random.Next(4) : random.Next(64)),
            (ulong)random.Next(6)), CallProgram.Packet(random), []),
        pair => pair.Set(2, [1, 0, 0, 0], [1, 0, 0, 0]));

    // A size is from 1, as the verifier demands.
    [Theory]
    [InlineData(BpfProgramType.SchedCls)]
    [InlineData(BpfProgramType.CgroupSkb)]
    public void Congestion_is_marked(BpfProgramType type) => CallProgram.Compare(
        type, CallProgram.Make(code => code.Mov(R1, R6).Call(SetCongestion)), [], Runs, random =>
        {
            byte[] packet = CallProgram.Packet(random, 16, 64);

            // A tag is not simulated.
            if (packet[12] is 0x81 or 0x88) packet[12] = 0x08;
            if (packet.Length > 16) packet[random.Next(14, 16)] &= 0xf3;
            return (CallProgram.Input(), packet, []);
        });

    [Fact]
    public void A_packet_without_a_checksum_of_its_device_has_no_level() => CallProgram.Compare(
        BpfProgramType.SchedCls,
        CallProgram.Make(code => code.Mov(R1, R6).Give(R2, 0).Call(ChecksumLevel).Store(MemorySize.Double, R8, 8, R0)
            .Mov(R1, R6).Give(R2, 0).Call(ChecksumUpdate)),
        [], 20, random => (CallProgram.Input((ulong)random.Next(6)), CallProgram.Packet(random), []));

    [Fact]
    public void All_of_a_frame_is_in_one_piece()
    {
        Requires.Root();
        var kfuncs = new KfuncNames();
        Instruction[] code = CallProgram.Make(code => code.Mov(R1, R6).Give(R2, 0).CallKfunc(kfuncs.Id("bpf_xdp_pull_data")));
        using var pair = new KernelPair(BpfProgramType.Xdp, code, new MachineOptions(), CallProgram.Own, kfuncs.Names);
        var random = new Random(1);
        for (int i = 0; i < 200; i++)
        {
            pair.Set(0, new byte[4], CallProgram.Input((ulong)random.Next(250)));
            pair.Set(1, new byte[4], new byte[CallProgram.OutputBytes]);
            Assert.Null(pair.Run(CallProgram.Packet(random)) ?? pair.CompareMaps());
        }
    }

    private static Assembler Sized(Assembler code) => code.Give(R4, 1).And(R4, 63).Add(R4, 1);

    private static ulong Offset(Random random, bool isNear) => isNear ? (ulong)random.Next(220)
        : random.Next(3) switch { 0 => (ulong)random.Next(), 1 => 0xffff_ffff, _ => (ulong)random.Next(70_000) };

    private static ulong Distance(Random random) => random.Next(6) switch
    {
        0 => (ulong)random.Next(-4000, 4000),
        1 => (ulong)(random.Next(-64, 64) * 4),
        2 => 0,
        _ => (ulong)random.Next(-40, 40),
    };
}
