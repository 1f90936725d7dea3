using Skep.Bpf;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Image;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Debug.Tests.Machine;

/// <summary>What each class of instructions gives, by RFC 9669, at the edges.</summary>
public sealed class InstructionTests
{
    private const ulong Ones = ulong.MaxValue;

    public static TheoryData<string, ulong, ulong, ulong> Arithmetic => new()
    {
        // r0 op r1, both numbers, result
        { "add", Ones, 2, 1 }, { "add32", 0xffff_ffff_ffff_ffff, 2, 1 }, { "sub", 1, 2, Ones }, { "sub32", 1, 2, 0xffff_ffff },
        { "mul", 1UL << 63, 2, 0 }, { "mul32", 0x1_8000_0001, 2, 2 },
        { "div", 7, 0, 0 }, { "div32", 0x1_0000_0007, 0x2_0000_0000, 0 }, { "div", Ones, 2, long.MaxValue },
        { "mod", 0x1_0000_0007, 0, 0x1_0000_0007 }, { "mod32", 0x1_0000_0007, 0, 7 }, { "mod", Ones, 10, 5 },
        { "sdiv", 1UL << 63, Ones, 1UL << 63 }, { "sdiv32", 0x8000_0000, 0xffff_ffff, 0x8000_0000 }, { "sdiv", 7, 0, 0 },
        { "sdiv", unchecked((ulong)-7), 2, unchecked((ulong)-3) }, { "sdiv32", 0xffff_fff9, 2, 0xffff_fffd }, { "sdiv32", Ones, 0, 0 },
        { "smod", 1UL << 63, Ones, 0 }, { "smod32", 0x8000_0000, 0xffff_ffff, 0 }, { "smod", unchecked((ulong)-7), 3, Ones },
        { "smod", unchecked((ulong)-7), 0, unchecked((ulong)-7) }, { "smod32", Ones, 0, 0xffff_ffff }, { "smod32", 7,
        unchecked((ulong)-3), 1 },
        { "lsh", 1, 64, 1 }, { "lsh", 1, 127, 1UL << 63 }, { "lsh32", 1, 32, 1 }, { "lsh32", 0xffff_ffff, 4, 0xffff_fff0 },
        { "rsh", Ones, 65, Ones >> 1 }, { "rsh32", Ones, 33, 0x7fff_ffff },
        { "arsh", 1UL << 63, 63, Ones }, { "arsh32", 0x8000_0000, 31, 0xffff_ffff }, { "arsh32", 0xf_4000_0000, 30, 1 },
        { "or32", 0xff_0000_0000, 0xf_0000_0001, 1 }, { "and32", Ones, Ones, 0xffff_ffff }, { "xor32", Ones, 1, 0xffff_fffe },
        { "mov32", 0, Ones, 0xffff_ffff }, { "mov", 0, Ones, Ones },
    };

    [Theory]
    [MemberData(nameof(Arithmetic))]
    public void Arithmetic_is_that_of_the_standard(string name, ulong left, ulong right, ulong expected)
    {
        Assert.Equal(expected, Result(code => Operate(code.LoadImm64(R0, left).LoadImm64(R1, right), name, R1, 0)));

        // The same with an immediate, where the number is one; shifts of more than the width are no instructions then.
        if ((long)right == (int)right) Assert.Equal(expected, Result(code => Operate(code.LoadImm64(R0, left), name, null, (int)right)));
    }

    [Theory]
    [InlineData(8, false, 0x1ffUL, Ones)]
    [InlineData(16, false, 0x8000UL, 0xffff_ffff_ffff_8000)]
    [InlineData(32, false, 0x8000_0000UL, 0xffff_ffff_8000_0000)]
    [InlineData(8, true, 0x80UL, 0xffff_ff80)]
    [InlineData(16, true, 0x7fffUL, 0x7fff)]
    public void Moves_extend_the_sign(int bits, bool isNarrow, ulong value, ulong expected) => Assert.Equal(expected, Result(code =>
        _ = isNarrow ? code.LoadImm64(R1, value).MovSx32(R0, R1, bits) : code.LoadImm64(R1, value).MovSx(R0, R1, bits)));

    [Theory]
    [InlineData(16, 0x7788UL, 0x8877UL)]
    [InlineData(32, 0x5566_7788UL, 0x8877_6655UL)]
    [InlineData(64, 0x1122_3344_5566_7788UL, 0x8877_6655_4433_2211UL)]
    public void Bytes_are_swapped(int bits, ulong little, ulong swapped)
    {
        const ulong Value = 0x1122_3344_5566_7788;
        Assert.Equal(swapped, Result(code => code.LoadImm64(R0, Value).ByteSwap(R0, bits)));
        Assert.Equal(swapped, Result(code => code.LoadImm64(R0, Value).ToBigEndian(R0, bits)));
        Assert.Equal(little, Result(code => code.LoadImm64(R0, Value).ToLittleEndian(R0, bits)));
    }

    [Theory]
    [InlineData(Condition.Equal, 5UL, 5UL, true, true)]
    [InlineData(Condition.Equal, 0x1_0000_0005UL, 5UL, false, true)]
    [InlineData(Condition.NotEqual, 0x1_0000_0005UL, 5UL, true, false)]
    [InlineData(Condition.Greater, Ones, 1UL, true, true)]
    [InlineData(Condition.SignedGreater, Ones, 1UL, false, false)]
    [InlineData(Condition.SignedLess, 0x8000_0000UL, 0UL, false, true)]
    [InlineData(Condition.Less, 0x1_0000_0000UL, 1UL, false, true)]
    [InlineData(Condition.GreaterOrEqual, 7UL, 7UL, true, true)]
    [InlineData(Condition.LessOrEqual, 8UL, 7UL, false, false)]
    [InlineData(Condition.SignedGreaterOrEqual, 0UL, Ones, true, true)]
    [InlineData(Condition.SignedLessOrEqual, Ones, 0UL, true, true)]
    [InlineData(Condition.AnyBit, 0x1_0000_0000UL, 0x1_0000_0000UL, true, false)]
    public void Jumps_compare(Condition condition, ulong left, ulong right, bool isTaken, bool isTakenNarrow)
    {
        Assert.Equal(isTaken ? 1UL : 0, Result(code => Taken(code, (c, to) => c.JumpIf(condition, R1, R2, to))));
        Assert.Equal(isTakenNarrow ? 1UL : 0, Result(code => Taken(code, (c, to) => c.JumpIf32(condition, R1, R2, to))));

        void Taken(Assembler code, Action<Assembler, Label> jump)
        {
            Label taken = code.DefineLabel();
            code.LoadImm64(R1, left).LoadImm64(R2, right).Mov(R0, 1);
            jump(code, taken);
            code.Mov(R0, 0).Bind(taken);
        }
    }

    [Theory]
    [InlineData(AtomicOp.Add, 7UL, 12UL, 5UL)]
    [InlineData(AtomicOp.FetchAdd, 7UL, 12UL, 7UL)]
    [InlineData(AtomicOp.FetchOr, 8UL, 13UL, 8UL)]
    [InlineData(AtomicOp.FetchAnd, 7UL, 5UL, 7UL)]
    [InlineData(AtomicOp.FetchXor, 7UL, 2UL, 7UL)]
    public void Atomics_change_memory_and_give_what_was_there(AtomicOp op, ulong old, ulong after, ulong source)
    {
        Assert.Equal(after, Result(code => Atomic(code).Load(MemorySize.Double, R0, R10, -8)));
        Assert.Equal(source, Result(code => Atomic(code).Mov(R0, R1)));

        Assembler Atomic(Assembler code) => code.LoadImm64(R1, old).Store(MemorySize.Double, R10, -8, R1).Mov(R1, 5)
            .Atomic(op, MemorySize.Double, R10, -8, R1);
    }

    [Fact]
    public void Narrow_exchanges_change_four_bytes_and_extend_with_zeros()
    {
        Assembler Stack(Assembler code) =>
            code.LoadImm64(R1, 0x1122_3344_5566_7788).Store(MemorySize.Double, R10, -8, R1).LoadImm64(R1, Ones);
        Assert.Equal(0x5566_7788UL, Result(code => Stack(code).Exchange(MemorySize.Word, R10, -8, R1).Mov(R0, R1)));
        Assert.Equal(0x1122_3344_ffff_ffffUL, Result(code =>
            Stack(code).Exchange(MemorySize.Word, R10, -8, R1).Load(MemorySize.Double, R0, R10, -8)));
        Assert.Equal(0x5566_7788UL, Result(code => Stack(code).Mov(R0, 0).CompareExchange(MemorySize.Word, R10, -8, R1)));
        Assert.Equal(0x1122_3344_5566_7788UL, Result(code =>
            Stack(code).Mov(R0, 0).CompareExchange(MemorySize.Word, R10, -8, R1).Load(MemorySize.Double, R0, R10, -8)));
        Assert.Equal(0x1122_3344_ffff_ffffUL, Result(code => Stack(code).LoadImm64(R0, 0xf_5566_7788)
            .CompareExchange(MemorySize.Word, R10, -8, R1).Load(MemorySize.Double, R0, R10, -8)));
    }

    [Fact]
    public void Loads_and_stores_have_their_width()
    {
        Assembler Stack(Assembler code) => code.LoadImm64(R1, 0xf1f2_f3f4_8586_8788).Store(MemorySize.Double, R10, -8, R1);
        Assert.Equal(0x88UL, Result(code => Stack(code).Load(MemorySize.Byte, R0, R10, -8)));
        Assert.Equal(0xffff_ffff_ffff_8788, Result(code => Stack(code).LoadSignExtend(MemorySize.Half, R0, R10, -8)));
        Assert.Equal(0xffff_ffff_8586_8788, Result(code => Stack(code).LoadSignExtend(MemorySize.Word, R0, R10, -8)));
        Assert.Equal(0xf1f2_f3f4_ffff_8788, Result(code =>
            Stack(code).Store(MemorySize.Half, R10, -6, -1).Load(MemorySize.Double, R0, R10, -8)));
        Assert.Equal(Ones - 1, Result(code => Stack(code).Store(MemorySize.Double, R10, -8, -2).LoadAcquire(MemorySize.Double, R0, R10,
            -8)));
        Assert.Equal(0x88UL, Result(code => Stack(code).StoreRelease(MemorySize.Half, R10, -8, R1).LoadAcquire(MemorySize.Byte, R0, R10,
            -8)));
    }

    [Fact]
    public void Long_jumps_loops_and_functions_go_where_they_say()
    {
        Assert.Equal(3UL, Result(code =>
        {
            Label on = code.DefineLabel();
            code.Mov(R0, 3).JumpLong(on).Mov(R0, 4).Bind(on);
        }));

        // may_goto grants a budget, and then leaves.
        Assert.Equal(8UL << 20, Result(code =>
        {
            Label out_ = code.DefineLabel();
            code.Mov(R0, 0);
            Label top = code.BindNew();
            code.MayGoto(out_).Add(R0, 1).Jump(top).Bind(out_);
        }));

        // Registers 6 to 9 are the caller's again.
        Assert.Equal(35UL, Result(code =>
        {
            Label called = code.DefineLabel(), end = code.DefineLabel();
            code.Mov(R6, 5).Mov(R1, 6).CallLocal(called).Mul(R0, R6).Jump(end).Bind(called).Mov(R6, 1).Add(R6, R1).Mov(R0, R6).Exit()
                .Bind(end);
        }));
        Assert.Equal(42UL, Result(code =>
        {
            Label called = code.DefineLabel(), end = code.DefineLabel();
            code.LoadFunction(R2, called).Mov(R1, 41).Emit(new Instruction(0x8d, 2, 0, 0, 0)).Jump(end)
                .Bind(called).Mov(R0, R1).Add(R0, 1).Exit().Bind(end);
        }));
    }

    [Fact]
    public void Casts_to_and_from_an_arena_keep_the_low_half()
    {
        var arena = new MapDefinition("arena", BpfMapType.Arena, 0, 0, 2) { Flags = MapFlags.Mappable, Extra = 0x1234_0000_1000 };
        var code = new Assembler();
        code.LoadMapIndexValue(R1, 0, 16).AddressSpaceCast(R2, R1, 0, 1).Store(MemorySize.Word, R2, 4, 99).AddressSpaceCast(R3, R2, 1, 0)
            .Load(MemorySize.Word, R0, R3, 4).Mov(R4, 0).AddressSpaceCast(R5, R4, 1, 0).Add(R0, R5).Exit();
        var machine = new BpfMachine([ProgramImage.Of("cast", BpfProgramType.Syscall, code.Build(), arena)]);
        machine.Start(new MachineInput());
        Assert.Equal((MachineStatus.Finished, 99u), (machine.Run(), machine.ReturnValue));
        Assert.Equal(0x1010UL, machine.Register(2));
        Assert.Equal(99, machine.Map("arena")!.Get([])![20]);
    }

    private static ulong Result(Action<Assembler> body)
    {
        var code = new Assembler();
        body(code);
        code.Exit();
        var machine = new BpfMachine([ProgramImage.Of("instructions", BpfProgramType.Syscall, code.Build())]);
        machine.Start(new MachineInput());
        Assert.True(machine.Run() == MachineStatus.Finished, machine.Fault?.ToString());
        return machine.Register(0);
    }

    private static void Operate(Assembler code, string name, Register? source, int imm)
    {
        bool isNarrow = name.EndsWith("32", StringComparison.Ordinal);
        if (isNarrow) name = name[..^2];
        AluOp op = Enum.Parse<AluOp>(name.TrimStart('s') is "div" or "mod" ? name.TrimStart('s') : name, ignoreCase: true);
        bool isSigned = name is "sdiv" or "smod";
        byte opcode = (byte)((byte)op | (isNarrow ? 4 : 7) | (source is null ? 0 : 8));
        code.Emit(new Instruction(opcode, 0, (int)(source ?? 0), isSigned ? (short)1 : (short)0, source is null ? imm : 0));
    }
}
