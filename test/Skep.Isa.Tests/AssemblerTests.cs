using CsCheck;
using static Skep.Isa.Register;

namespace Skep.Isa.Tests;

public sealed class AssemblerTests
{
    [Fact]
    public void Everything_it_makes_decodes_without_fault()
    {
        var faults = new List<string>();
        foreach (var program in new[] { SamplePrograms.Trivial, SamplePrograms.Broad, SamplePrograms.Recent })
        {
            foreach (var item in Decoder.Decode(program))
                if (item.Fault != DecodeFault.None) faults.Add($"{item.First}: {item.Fault}");
        }

        Assert.Empty(faults);
    }

    [Fact]
    public void Operations_have_the_text_of_their_names()
    {
        var a = new Assembler();
        var end = a.DefineLabel();
        a.Mov(R1, R2).Mov32(R1, 5).Add(R1, R2).Sub32(R1, R2).Mul(R1, 3).Div(R1, R2).Mod32(R1, 7).Or(R1, R2).And(R1, 15).Xor32(R1, R2)
            .Lsh(R1, 3).Rsh(R1, R2).Arsh32(R1, 1).Neg(R1).Neg32(R1).SDiv(R1, R2).SMod32(R1, -7).MovSx(R1, R2, 32).ToBigEndian(R1, 16)
            .ToLittleEndian(R1, 32).ByteSwap(R1, 64).AddressSpaceCast(R1, R2, 0, 1).Load(MemorySize.Half, R3, R1, -2)
            .LoadSignExtend(MemorySize.Word, R3, R1).Store(MemorySize.Byte, R10, -1, R3).Store(MemorySize.Double, R10, -8, -1)
            .AtomicAdd(MemorySize.Word, R1, 0, R2).Exchange(MemorySize.Double, R1, 8, R2).CompareExchange(MemorySize.Double, R1, 8, R2)
            .LoadAcquire(MemorySize.Byte, R1, R2, 4).StoreRelease(MemorySize.Word, R1, 4, R2).LoadPacket(MemorySize.Half, 12)
            .LoadPacket(MemorySize.Byte, R7, 1).LoadImm64(R1, -1L).LoadMapFd(R1, 3).LoadMapValue(R1, 3, 8).LoadMapIndex(R1, 0)
            .LoadMapIndexValue(R1, 0, 8).LoadBtfId(R1, 77).LoadFunction(R2, end).Call(14).CallKfunc(99).CallLocal(end)
            .JumpIf(Condition.SignedLess, R1, -1, end).JumpIf32(Condition.AnyBit, R1, R2, end).MayGoto(end).JumpLong(end).Jump(end);
        a.Bind(end).Exit();
        var output = new TextOutput();
        foreach (var item in Decoder.Decode(a.Build()))
        {
            new Disassembler().Write(item, output);
            output.Write("\n");
        }

        Assert.Equal(
            """
            (bf) r1 = r2
            (b4) w1 = 5
            (0f) r1 += r2
            (1c) w1 -= w2
            (27) r1 *= 3
            (3f) r1 /= r2
            (94) w1 %= 7
            (4f) r1 |= r2
            (57) r1 &= 15
            (ac) w1 ^= w2
            (67) r1 <<= 3
            (7f) r1 >>= r2
            (c4) w1 s>>= 1
            (87) r1 = -r1
            (84) w1 = -w1
            (3f) r1 s/= r2
            (94) w1 s%= -7
            (bf) r1 = (s32)r2
            (dc) r1 = be16 r1
            (d4) r1 = le32 r1
            (d7) r1 = bswap64 r1
            (bf) r1 = addr_space_cast(r2, 0, 1)
            (69) r3 = *(u16 *)(r1 -2)
            (81) r3 = *(s32 *)(r1 +0)
            (73) *(u8 *)(r10 -1) = r3
            (7a) *(u64 *)(r10 -8) = -1
            (c3) lock *(u32 *)(r1 +0) += r2
            (db) r2 = atomic64_xchg((u64 *)(r1 +8), r2)
            (db) r0 = atomic64_cmpxchg((u64 *)(r1 +8), r0, r2)
            (d3) r1 = load_acquire((u8 *)(r2 +4))
            (c3) store_release((u32 *)(r1 +4), r2)
            (28) r0 = *(u16 *)skb[12]
            (50) r0 = *(u8 *)skb[r7 + 1]
            (18) r1 = 0xffffffffffffffff
            (18) r1 = map[fd:3]
            (18) r1 = map[fd:3][0]+8
            (18) r1 = map[idx:0]
            (18) r1 = map[idx:0]+8
            (18) r1 = 0x4d
            (18) r2 = subprog[+9]
            (85) call bpf_get_current_pid_tgid#14
            (85) call kernel-function#99
            (85) call pc+5
            (c5) if r1 s< 0xffffffff goto pc+4
            (4e) if w1 & w2 goto pc+3
            (e5) may_goto pc+2
            (06) gotol pc+1
            (05) goto pc+0
            (95) exit

            """,
            output.ToString());
    }

    [Fact]
    public void Jumps_reach_their_labels_forward_and_back() =>
        Gen.Select(Gen.Int[0, 400], Gen.Int[0, 400]).Sample((before, after) =>
        {
            var a = new Assembler();
            var back = a.BindNew();
            var ahead = a.DefineLabel();
            Pad(a, before);
            var at = a.Count;
            a.JumpIf(Condition.Equal, R1, 0, back).Jump(ahead);
            Pad(a, after);
            a.Bind(ahead).Exit();
            var program = a.Build();

            Assert.Equal(0, Decoder.Decode(program, at).Target());
            Assert.Equal(program.Length - 1, Decoder.Decode(program, at + 1).Target());
            Assert.Equal(program.Length - 1, a.SlotOf(ahead));
        });

    [Theory]
    [InlineData(32767, true)]
    [InlineData(32768, false)]
    public void A_jump_ahead_reaches_32767_slots(int distance, bool reaches)
    {
        var a = new Assembler();
        var far = a.DefineLabel("far");
        a.JumpIf(Condition.Equal, R1, 0, far);
        Pad(a, distance);
        a.Bind(far).Exit();

        if (reaches)
        {
            Assert.Equal(distance + 1, Decoder.Decode(a.Build(), 0).Target());
            return;
        }

        var error = Assert.Throws<AssemblyException>(a.Build);
        Assert.Equal(
            "resolving label 'far' of slot 0: slot 32769 is 32768 slots away, an offset reaches -32768 to 32767 "
            + "(jump over an unconditional long jump instead, or bind the label nearer)",
            error.Message);
    }

    [Theory]
    [InlineData(32767, true)]
    [InlineData(32768, false)]
    public void A_jump_back_reaches_32768_slots(int padding, bool reaches)
    {
        var a = new Assembler();
        var start = a.BindNew("start");
        Pad(a, padding);
        a.Jump(start);

        if (reaches)
            Assert.Equal(0, Decoder.Decode(a.Build(), padding).Target());
        else
            Assert.Contains("(allow long jumps, or bind the label nearer)", Assert.Throws<AssemblyException>(a.Build).Message);
    }

    [Fact]
    public void A_far_jump_becomes_a_long_one_when_allowed()
    {
        var a = new Assembler(longJumps: true);
        var near = a.DefineLabel();
        var far = a.DefineLabel();
        a.Jump(near).Bind(near).Jump(far);
        Pad(a, 40_000);
        a.Bind(far).Exit();

        for (var build = 0; build < 2; build++)
        {
            var program = a.Build();
            Assert.Equal(OperationKind.Jump, Decoder.Decode(program, 0).Kind);
            Assert.Equal(OperationKind.JumpLong, Decoder.Decode(program, 1).Kind);
            Assert.Equal(40_002, Decoder.Decode(program, 1).Target());
        }
    }

    [Fact]
    public void Local_calls_and_function_loads_reach_over_any_distance()
    {
        var a = new Assembler();
        var function = a.DefineLabel();
        a.CallLocal(function).LoadFunction(R2, function);
        Pad(a, 100_000);
        a.Bind(function).Exit();
        var program = a.Build();

        Assert.Equal(100_003, Decoder.Decode(program, 0).Target());
        Assert.Equal(100_003, Decoder.Decode(program, 1).Target());
    }

    [Fact]
    public void Misuse_of_labels_is_said()
    {
        var a = new Assembler();
        var twice = a.BindNew("twice");
        Assert.Equal(
            "binding label 'twice' at slot 0: it is bound to slot 0 already (define one label per place)",
            Assert.Throws<AssemblyException>(() => a.Bind(twice)).Message);

        a.Jump(a.DefineLabel("nowhere"));
        Assert.Equal(
            "resolving label 'nowhere' of slot 0: it is not bound (call Bind where it belongs)",
            Assert.Throws<AssemblyException>(a.Build).Message);
        Assert.Throws<ArgumentException>(() => a.Jump(new Label(99)));
    }

    [Fact]
    public void Helpers_are_called_by_name()
    {
        Assert.Equal(new Assembler().Call(1).Build(), new Assembler().Call("bpf_map_lookup_elem").Build());
        Assert.Throws<ArgumentException>(() => new Assembler().Call("map_lookup_elem"));
    }

    [Fact]
    public void Widths_that_do_not_exist_are_refused()
    {
        var a = new Assembler();
        Assert.Throws<ArgumentOutOfRangeException>(() => a.ToBigEndian(R1, 24));
        Assert.Throws<ArgumentOutOfRangeException>(() => a.MovSx32(R1, R2, 32));
        Assert.Throws<ArgumentOutOfRangeException>(() => a.LoadSignExtend(MemorySize.Double, R1, R2));
        Assert.Throws<ArgumentOutOfRangeException>(() => a.AtomicAdd(MemorySize.Byte, R1, 0, R2));
        Assert.Throws<ArgumentOutOfRangeException>(() => a.LoadPacket(MemorySize.Double, 0));
        Assert.Equal(0, a.Count);
    }

    [Fact]
    public void Emitting_into_a_warm_assembler_allocates_nothing_but_the_program()
    {
        var a = new Assembler();
        Make(a);
        a.Clear();

        var before = GC.GetAllocatedBytesForCurrentThread();
        Make(a);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        static void Make(Assembler a)
        {
            for (var i = 0; i < 20_000; i++)
            {
                var next = a.DefineLabel();
                a.JumpIf(Condition.Equal, R1, i, next).Add(R1, R2).Bind(next);
            }
        }
    }

    private static void Pad(Assembler a, int slots)
    {
        for (var i = 0; i < slots; i++)
            a.Mov(R0, 0);
    }
}
