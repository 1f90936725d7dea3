using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Filter.Compile;

/// <summary>The kind of memory that a program finds the image of its classifier in.</summary>
public enum ClassifierMemory
{
    /// <summary>An arena (Linux 6.9): an offset is an address, with no bounds to check.</summary>
    Arena,

    /// <summary>An array of pages.</summary>
    Array,
}

/// <summary>Emits the way from an offset in the image to where it is.</summary>
internal sealed class ImageAccess(Assembler code, FilterPlan plan)
{
    internal const int PageShift = 20, PageBytes = 1 << PageShift;

    /// <summary>The map for an image of so many bytes.</summary>
    internal static PlannedMap Map(ClassifierMemory memory, int bytes) => memory == ClassifierMemory.Arena
        ? new(MapRole.Classifier, 0, 0, (uint)((bytes + 4095L) / 4096), "classifier")
        : new(MapRole.Classifier, 4, PageBytes, (uint)((bytes + PageBytes - 1L) / PageBytes), "classifier");

    /// <summary>R0 becomes the address of an offset.</summary>
    /// <param name="offset">Holds the offset; where the memory is an array, one of R6 to R9.</param>
    /// <param name="alignment">What the offset is a multiple of, a power of two, not less than the bytes that are read there.</param>
    /// <param name="key">4 bytes of the frame.</param>
    /// <param name="missing">Where to go when there is no such page, which cannot be.</param>
    /// <remarks>In an array, R1 to R5 are used.</remarks>
    internal void Emit(Register offset, int alignment, short key, Label missing)
    {
        if (plan.ClassifierMemory == ClassifierMemory.Arena)
        {
            code.AddressSpaceCast(R0, offset, to: 0, from: 1);
            return;
        }
        code.Mov(R1, offset);
        EmitPage(key, missing);
        code.Mov(R1, offset).And(R1, PageBytes - alignment).Add(R0, R1);
    }

    /// <summary>The same for an offset that stands in the frame.</summary>
    internal void EmitStored(short at, MemorySize size, int alignment, short key, Label missing)
    {
        code.Load(size, R1, R10, at);
        if (plan.ClassifierMemory == ClassifierMemory.Arena)
        {
            Emit(R1, alignment, key, missing);
            return;
        }
        EmitPage(key, missing);
        code.Load(size, R1, R10, at).And(R1, PageBytes - alignment).Add(R0, R1);
    }

    /// <summary>R0 becomes the page of the offset in R1.</summary>
    private void EmitPage(short key, Label missing) => code
        .Rsh(R1, PageShift).Store(MemorySize.Word, R10, key, R1).LoadMapIndex(R1, plan.MapFor(MapRole.Classifier))
        .Mov(R2, R10).Add(R2, key).Call(Helpers.MapLookup).JumpIf(Condition.Equal, R0, 0, missing);
}
