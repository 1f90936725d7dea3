using System.Buffers.Binary;
using System.Numerics;
using Skep.Debug.Machine.Calls;
using Skep.Debug.Machine.Code;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Run;

/// <summary>Runs instructions (Documentation/bpf/standardization/instruction-set.rst of the kernel).</summary>
internal sealed class Interpreter(MachineState state)
{
    private const int Arguments = 0b11_1110, Result = 1;

    private readonly CallHandler?[] _handlers = [.. state.Code.Callees.Select(CallTable.Find)];

    /// <summary>Does at most so many steps.</summary>
    /// <returns>Whether the program ended; its result is in r0.</returns>
    /// <exception cref="MachineStopException">The instruction at <see cref="MachineState.Place"/> cannot be done.</exception>
    public bool Run(long most)
    {
        Op[] ops = state.Code.Ops;
        ulong[] r = state.Registers;
        AddressSpace memory = state.Memory;
        int place = state.Place;
        int known = state.Initialized;
        long steps = state.Steps, end = most > long.MaxValue - steps ? long.MaxValue : steps + most;
        while (steps < end)
        {
            ref readonly Op op = ref ops[place];
            state.Place = place;
            state.Steps = steps;
            state.Initialized = (ushort)known;
            if ((op.Needs & ~known) != 0) throw Uninitialized(op.Needs & ~known);
            r[Op.ImmediateRegister] = op.Immediate;
            ref ulong dst = ref r[op.Dst];
            int next = place + 1;
            switch (op.Code)
            {
                case OpCode.Add64: dst += r[op.Src]; break;
                case OpCode.Sub64: dst -= r[op.Src]; break;
                case OpCode.Mul64: dst *= r[op.Src]; break;
                case OpCode.Div64: dst = r[op.Src] == 0 ? 0 : dst / r[op.Src]; break;
                case OpCode.Mod64: dst = r[op.Src] == 0 ? dst : dst % r[op.Src]; break;
                case OpCode.SDiv64: dst = Division.Divide((long)dst, (long)r[op.Src]); break;
                case OpCode.SMod64: dst = Division.Modulo((long)dst, (long)r[op.Src]); break;
                case OpCode.Or64: dst |= r[op.Src]; break;
                case OpCode.And64: dst &= r[op.Src]; break;
                case OpCode.Xor64: dst ^= r[op.Src]; break;
                case OpCode.Lsh64: dst <<= (int)r[op.Src]; break;
                case OpCode.Rsh64: dst >>= (int)r[op.Src]; break;
                case OpCode.Arsh64: dst = (ulong)((long)dst >> (int)r[op.Src]); break;
                case OpCode.Neg64: dst = 0 - dst; break;
                case OpCode.Mov64: dst = r[op.Src]; break;
                case OpCode.Add32: dst = (uint)((uint)dst + (uint)r[op.Src]); break;
                case OpCode.Sub32: dst = (uint)((uint)dst - (uint)r[op.Src]); break;
                case OpCode.Mul32: dst = (uint)((uint)dst * (uint)r[op.Src]); break;
                case OpCode.Div32: dst = (uint)r[op.Src] == 0 ? 0 : (uint)dst / (uint)r[op.Src]; break;
                case OpCode.Mod32: dst = (uint)r[op.Src] == 0 ? (uint)dst : (uint)dst % (uint)r[op.Src]; break;
                case OpCode.SDiv32: dst = Division.Divide((int)dst, (int)r[op.Src]); break;
                case OpCode.SMod32: dst = Division.Modulo((int)dst, (int)r[op.Src]); break;
                case OpCode.Or32: dst = (uint)(dst | r[op.Src]); break;
                case OpCode.And32: dst = (uint)(dst & r[op.Src]); break;
                case OpCode.Xor32: dst = (uint)(dst ^ r[op.Src]); break;
                case OpCode.Lsh32: dst = (uint)dst << (int)r[op.Src]; break;
                case OpCode.Rsh32: dst = (uint)dst >> (int)r[op.Src]; break;
                case OpCode.Arsh32: dst = (uint)((int)dst >> (int)r[op.Src]); break;
                case OpCode.Neg32: dst = (uint)(0 - dst); break;
                case OpCode.Mov32: dst = (uint)r[op.Src]; break;
                case OpCode.Extend8To64: dst = (ulong)(sbyte)r[op.Src]; break;
                case OpCode.Extend16To64: dst = (ulong)(short)r[op.Src]; break;
                case OpCode.Extend32To64: dst = (ulong)(int)r[op.Src]; break;
                case OpCode.Extend8To32: dst = (uint)(sbyte)r[op.Src]; break;
                case OpCode.Extend16To32: dst = (uint)(short)r[op.Src]; break;
                case OpCode.LoadWide:
                    dst = op.Immediate;
                    next++;
                    break;
                case OpCode.Low16: dst = (ushort)dst; break;
                case OpCode.Low32: dst = (uint)dst; break;
                case OpCode.Same: break;
                case OpCode.Swap16: dst = BinaryPrimitives.ReverseEndianness((ushort)dst); break;
                case OpCode.Swap32: dst = BinaryPrimitives.ReverseEndianness((uint)dst); break;
                case OpCode.Swap64: dst = BinaryPrimitives.ReverseEndianness(dst); break;
                case OpCode.CastFromArena: dst = (uint)r[op.Src]; break;
                case OpCode.CastToArena: dst = (uint)r[op.Src] == 0 ? 0 : memory.ToArena((uint)r[op.Src]); break;
                case OpCode.Load1: dst = memory.Load<byte>(r[op.Src] + (ulong)op.Offset); break;
                case OpCode.Load2: dst = memory.Load<ushort>(r[op.Src] + (ulong)op.Offset); break;
                case OpCode.Load4: dst = memory.Load<uint>(r[op.Src] + (ulong)op.Offset); break;
                case OpCode.Load8: dst = memory.Load<ulong>(r[op.Src] + (ulong)op.Offset); break;
                case OpCode.LoadSigned1: dst = (ulong)(sbyte)memory.Load<byte>(r[op.Src] + (ulong)op.Offset); break;
                case OpCode.LoadSigned2: dst = (ulong)(short)memory.Load<ushort>(r[op.Src] + (ulong)op.Offset); break;
                case OpCode.LoadSigned4: dst = (ulong)(int)memory.Load<uint>(r[op.Src] + (ulong)op.Offset); break;
                case OpCode.Store1: memory.Store<byte>(dst + (ulong)op.Offset, r[op.Src]); break;
                case OpCode.Store2: memory.Store<ushort>(dst + (ulong)op.Offset, r[op.Src]); break;
                case OpCode.Store4: memory.Store<uint>(dst + (ulong)op.Offset, r[op.Src]); break;
                case OpCode.Store8: memory.Store<ulong>(dst + (ulong)op.Offset, r[op.Src]); break;
                case OpCode.Atomic32 or OpCode.Atomic64 or OpCode.LoadAcquire or OpCode.StoreRelease:
                    AtomicOperation.Run(memory, r, op);
                    break;
                case OpCode.Jump: next = op.Target; break;
                case OpCode.Equal64: if (dst == r[op.Src]) next = op.Target; break;
                case OpCode.NotEqual64: if (dst != r[op.Src]) next = op.Target; break;
                case OpCode.Greater64: if (dst > r[op.Src]) next = op.Target; break;
                case OpCode.GreaterOrEqual64: if (dst >= r[op.Src]) next = op.Target; break;
                case OpCode.Less64: if (dst < r[op.Src]) next = op.Target; break;
                case OpCode.LessOrEqual64: if (dst <= r[op.Src]) next = op.Target; break;
                case OpCode.SignedGreater64: if ((long)dst > (long)r[op.Src]) next = op.Target; break;
                case OpCode.SignedGreaterOrEqual64: if ((long)dst >= (long)r[op.Src]) next = op.Target; break;
                case OpCode.SignedLess64: if ((long)dst < (long)r[op.Src]) next = op.Target; break;
                case OpCode.SignedLessOrEqual64: if ((long)dst <= (long)r[op.Src]) next = op.Target; break;
                case OpCode.AnyBit64: if ((dst & r[op.Src]) != 0) next = op.Target; break;
                case OpCode.Equal32: if ((uint)dst == (uint)r[op.Src]) next = op.Target; break;
                case OpCode.NotEqual32: if ((uint)dst != (uint)r[op.Src]) next = op.Target; break;
                case OpCode.Greater32: if ((uint)dst > (uint)r[op.Src]) next = op.Target; break;
                case OpCode.GreaterOrEqual32: if ((uint)dst >= (uint)r[op.Src]) next = op.Target; break;
                case OpCode.Less32: if ((uint)dst < (uint)r[op.Src]) next = op.Target; break;
                case OpCode.LessOrEqual32: if ((uint)dst <= (uint)r[op.Src]) next = op.Target; break;
                case OpCode.SignedGreater32: if ((int)dst > (int)r[op.Src]) next = op.Target; break;
                case OpCode.SignedGreaterOrEqual32: if ((int)dst >= (int)r[op.Src]) next = op.Target; break;
                case OpCode.SignedLess32: if ((int)dst < (int)r[op.Src]) next = op.Target; break;
                case OpCode.SignedLessOrEqual32: if ((int)dst <= (int)r[op.Src]) next = op.Target; break;
                case OpCode.AnyBit32: if ((uint)(dst & r[op.Src]) != 0) next = op.Target; break;
                case OpCode.MayGoto:
                    if (state.Frames[state.Depth].Budget-- <= 0) next = op.Target;
                    break;
                case OpCode.LoadPacket:
                    bool isLoaded = PacketLoad.Run(state, op);
                    known &= ~Arguments;
                    known |= Result;
                    if (!isLoaded) goto case OpCode.Exit;
                    break;
                case OpCode.Call:
                    known = Call(op, ref next);
                    if (!state.IsEnded) break;
                    state.Steps = steps + 1;
                    return true;
                case OpCode.CallLocal or OpCode.CallRegister:
                    int function = op.Code == OpCode.CallLocal ? op.Target : state.Function(op.Dst);
                    state.Enter(function, next, (ushort)(known & Arguments));
                    (next, known) = (state.Next, state.Initialized);
                    break;
                case OpCode.Exit:
                    state.Initialized = (ushort)known;
                    if (state.Depth == 0)
                    {
                        RequireEnd(known);
                        state.Steps = steps + 1;
                        return true;
                    }

                    if (state.Frames[state.Depth].Caller == CallerKind.Program) state.Leave();
                    else ControlCalls.Resume(state);
                    (next, known) = (state.Next, state.Initialized);
                    break;
                default:
                    StopReason reason = state.Code.Reasons[op.Target];
                    throw new MachineStopException(reason.Kind, reason.Text);
            }

            known |= op.Sets;
            place = next;
            steps++;
        }

        (state.Place, state.Steps, state.Initialized) = (place, steps, (ushort)known);
        return false;
    }

    private int Call(in Op op, ref int next)
    {
        (state.Next, state.IsTransferred, state.Blamed) = (next, false, 0);
        if (_handlers[op.Target] is not { } handler)
            throw new MachineStopException(FaultKind.NotSimulated, $"{state.Code.Callees[op.Target]} is nothing that the machine does");
        ulong result = handler(state);
        if (state.IsTransferred)
        {
            next = state.Next;
            return state.Initialized;
        }

        state.Registers[0] = result;
        return (state.Initialized & ~Arguments) | Result;
    }

    private void RequireEnd(int known)
    {
        if ((known & Result) == 0) throw Uninitialized(Result);
        if (state.OpenRecords != 0)
            throw new MachineStopException(
                FaultKind.Unreleased, $"{state.OpenRecords} records of ring buffers are neither submitted nor discarded");
        if (state.OpenObjects > 0)
            throw new MachineStopException(
                FaultKind.Unreleased, $"{state.OpenObjects} references to objects are neither dropped nor put into a map");
        if (state.HeldLock != 0 || state.HeldResilientLocks.Length > 0)
            throw new MachineStopException(FaultKind.Unreleased, "a lock is still held");
    }

    private static MachineStopException Uninitialized(int registers) =>
        new(FaultKind.UninitializedRegister, "it was not written", null, BitOperations.TrailingZeroCount(registers));
}
