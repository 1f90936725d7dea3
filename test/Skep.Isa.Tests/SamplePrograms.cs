using static Skep.Isa.Register;

namespace Skep.Isa.Tests;

/// <summary>Programs that the verifier accepts as socket filters.</summary>
internal static class SamplePrograms
{
    public static Instruction[] Trivial => new Assembler().Mov(R0, 0).Exit().Build();

    /// <summary>What cpu v3 has: both kinds of map load, helpers, a local function, a loop, atomics, packet loads, both widths.</summary>
    public static Instruction[] Broad
    {
        get
        {
            var a = new Assembler();
            var function = a.DefineLabel("function");
            var missing = a.DefineLabel("missing");
            var done = a.DefineLabel("done");
            a.Mov(R6, R1).Store(MemorySize.Word, R10, -4, 0).Mov(R2, R10).Add(R2, -4)
                .LoadMapFd(R1, 77).Call(1).JumpIf(Condition.Equal, R0, 0, missing)
                .Mov(R1, 1).AtomicAdd(MemorySize.Double, R0, 0, R1).Mov(R1, 2).AtomicFetchAdd(MemorySize.Double, R0, 8, R1)
                .Mov32(R1, 3).Exchange(MemorySize.Word, R0, 16, R1).Atomic(AtomicOp.Or, MemorySize.Word, R0, 20, R1)
                .Mov(R3, R0).CompareExchange(MemorySize.Double, R3, 32, R1).Atomic(AtomicOp.FetchXor, MemorySize.Word, R3, 40, R1);
            a.Bind(missing).LoadMapValue(R7, 77, 32).Load(MemorySize.Double, R8, R7).Load(MemorySize.Byte, R9, R7, 3)
                .Call(5).Call(14).Call(7).Mov(R1, R0).CallLocal(function)
                .LoadPacket(MemorySize.Half, 12).ToBigEndian(R0, 16).ToLittleEndian(R0, 32).Mov(R7, R0).And(R7, 7)
                .LoadPacket(MemorySize.Byte, R7, 2).Mov(R1, 0);
            var loop = a.BindNew("loop");
            a.Add(R1, 1).Mul(R8, 3).Mod32(R8, 5).Div32(R9, R8).Mod(R9, R1).Or(R9, R8).Lsh(R9, 3).Rsh32(R9, R1)
                .JumpIf32(Condition.Less, R1, 5, loop)
                .LoadImm64(R4, 0x1122334455667788).JumpIf(Condition.SignedGreater, R4, R8, done)
                .JumpIf(Condition.AnyBit, R8, 8, done).JumpIf32(Condition.NotEqual, R8, R9, done).Mov(R0, 1);
            a.Bind(done).Exit();
            a.Bind(function).Mov(R0, R1).And(R0, 0xff).Neg(R0).Arsh(R0, 2).Sub(R0, 4).Xor32(R0, R0).Exit();
            return a.Build();
        }
    }

    /// <summary>What came with cpu v4 and after it.</summary>
    public static Instruction[] Recent
    {
        get
        {
            var a = new Assembler();
            var near = a.DefineLabel("near");
            var far = a.DefineLabel("far");
            var done = a.DefineLabel("done");
            a.Mov(R6, 7).Store(MemorySize.Double, R10, -8, -3).Store(MemorySize.Double, R10, -16, 5)
                .LoadSignExtend(MemorySize.Word, R1, R10, -8).LoadSignExtend(MemorySize.Half, R2, R10, -8)
                    .LoadSignExtend(MemorySize.Byte, R3, R10, -8)
                .LoadAcquire(MemorySize.Double, R4, R10, -16).LoadAcquire(MemorySize.Word, R4, R10, -16)
                .StoreRelease(MemorySize.Double, R10, -16, R6).StoreRelease(MemorySize.Half, R10, -16, R6)
                .SDiv(R1, 3).SDiv(R1, R6).SDiv32(R2, R6).SMod(R1, 5).SMod32(R2, -5).SMod32(R2, R6)
                .MovSx(R5, R2, 8).MovSx(R5, R2, 16).MovSx(R5, R2, 32).MovSx32(R5, R2, 8).MovSx32(R5, R2, 16)
                .ByteSwap(R5, 16).ByteSwap(R5, 32).ByteSwap(R5, 64).JumpIf(Condition.Equal, R5, 0, near).JumpLong(far);
            a.Bind(near).Mov(R0, 1);
            a.Bind(far).MayGoto(done).Mov(R6, 8);
            a.Bind(done).Mov(R0, 0).Exit();
            return a.Build();
        }
    }
}
