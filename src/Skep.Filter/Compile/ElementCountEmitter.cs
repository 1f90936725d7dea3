using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Filter.Compile;

/// <summary>Emits the count of an element, at the place that was found beside it (<see cref="CounterBlocks"/>).</summary>
internal sealed class ElementCountEmitter(Assembler code, FilterPlan plan)
{
    private const short Block = Slots.Key + 4;

    /// <summary>Counts the packet. R8 is the image, and is lost.</summary>
    /// <param name="set">The set.</param>
    /// <param name="pages">Finds the pages of the image.</param>
    /// <param name="place">Where the place stands in the frame.</param>
    /// <param name="missing">Where to go when there is no such counter, which cannot be.</param>
    internal void Emit(SetPlan set, SetPages pages, short place, Label missing)
    {
        code.Store(MemorySize.Word, R10, SetPages.Number, 0);
        pages.GoTo(missing);
        code.Load(MemorySize.Word, R9, R0, SetHeader.Cpus).Call(Helpers.GetSmpProcessorId)
            .Load(MemorySize.Word, R1, R10, place).Mov(R2, R1).Lsh(R2, 64 - CounterBlocks.BlockShift)
            .Rsh(R2, 64 - CounterBlocks.BlockShift + CounterPageShift).Mul(R2, R9).Add(R2, R0)
            .Store(MemorySize.Word, R10, SetPages.Number, R2)
            .Rsh(R1, CounterBlocks.BlockShift).Add(R1, set.CounterNumber * CounterBlocks.Most).Store(MemorySize.Word, R10, Block, R1)
            .LoadMapIndex(R1, plan.MapFor(MapRole.SetCounters)).Mov(R2, R10).Add(R2, Block).Call(Helpers.MapLookup)
            .JumpIf(Condition.Equal, R0, 0, missing).Mov(R8, R0);
        pages.GoTo(missing);
        code.Load(MemorySize.Word, R1, R10, place).And(R1, CounterBlocks.PerPage - 1).Mul(R1, CounterBlocks.CounterBytes).Add(R0, R1);
        CounterEmitter.Add(code, R0);
    }

    private static int CounterPageShift => System.Numerics.BitOperations.Log2(CounterBlocks.PerPage);
}
