using System;
using Skep.Filter.Model;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Filter.Compile;

/// <summary>
/// Emits token buckets. A bucket is one number, the time F when it is full again: it holds capacity - (F - now) tokens, so a
/// packet of cost C is within the rate when F - now is at most capacity - C, and then F grows by C. One number can be
/// exchanged atomically by several CPUs (cmpxchg, Linux 5.12).
/// </summary>
internal sealed class LimitEmitter(Assembler code, FieldAccess fields)
{
    private const int Attempts = 8;
    private const short NewBucket = Slots.Key + 128;
    private const int NoExist = 1;

    /// <summary>Falls through when the limit lets the packet to the rule, and jumps to the next rule when not.</summary>
    internal void Emit(RateLimit limit, int map, Label next)
    {
        var (within, beyond) = (code.DefineLabel("within"), code.DefineLabel("beyond"));
        code.Call(Helpers.KtimeGetNs).Mov(R9, R0);
        if (limit.Key.Count == 0) code.LoadMapIndexValue(R1, map, 0);
        else FindBucket(limit, map, within);
        for (var i = 0; i < Attempts; i++) EmitAttempt(limit, within, beyond);

        // Other CPUs were faster each time: none of the attempts took tokens, so the packet is beyond the rate.
        code.Jump(beyond);
        code.Bind(limit.Over ? within : beyond).Jump(next).Bind(limit.Over ? beyond : within);
    }

    private void FindBucket(RateLimit limit, int map, Label within)
    {
        var found = code.DefineLabel("bucket");
        fields.MakeKey(limit.Key);
        Lookup(map);
        code.JumpIf(Condition.NotEqual, R0, 0, found)
            .LoadImm64(R1, limit.CostNanoseconds).Add(R1, R9).Store(MemorySize.Double, R10, NewBucket, R1)
            .LoadMapIndex(R1, map).Mov(R2, R10).Add(R2, Slots.Key).Mov(R3, R10).Add(R3, NewBucket).Mov(R4, NoExist).Call(Helpers.MapUpdate)
            .JumpIf(Condition.Equal, R0, 0, within);

        // Another CPU made it meanwhile, or there is no memory for it: one that is not kept is full.
        Lookup(map);
        code.JumpIf(Condition.Equal, R0, 0, within).Bind(found).Mov(R1, R0);
    }

    private void Lookup(int map) => code.LoadMapIndex(R1, map).Mov(R2, R10).Add(R2, Slots.Key).Call(Helpers.MapLookup);

    private void EmitAttempt(RateLimit limit, Label within, Label beyond)
    {
        var filling = code.DefineLabel("not full");
        code.Load(MemorySize.Double, R0, R1).Mov(R5, R0).Mov(R2, R0).JumpIf(Condition.Greater, R2, R9, filling).Mov(R2, R9).Bind(filling)
            .Mov(R3, R2).Sub(R3, R9).LoadImm64(R4, limit.CapacityNanoseconds - limit.CostNanoseconds)
            .JumpIf(Condition.Greater, R3, R4, beyond)
            .LoadImm64(R4, limit.CostNanoseconds).Add(R2, R4).CompareExchange(MemorySize.Double, R1, 0, R2)
            .JumpIf(Condition.Equal, R0, R5, within);
    }
}
