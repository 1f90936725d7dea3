using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Filter.Compile;

/// <summary>Emits the way to a page of the image in R8.</summary>
internal sealed class SetPages(Assembler code)
{
    /// <summary>Where in the frame a page's number stands, and a place in it.</summary>
    internal const short Number = Slots.Key + 128, Offset = Slots.Key + 132;

    /// <summary>R0 becomes the page whose number stands in the frame, or 0.</summary>
    internal Assembler Find() => code.Mov(R1, R8).Mov(R2, R10).Add(R2, Number).Call(Helpers.MapLookup);

    /// <summary>R0 becomes the page whose number stands in the frame.</summary>
    internal void GoTo(Label missing) => Find().JumpIf(Condition.Equal, R0, 0, missing);

    /// <summary>R0 becomes the page of a number in a register.</summary>
    internal void GoTo(Register page, Label missing)
    {
        code.Store(MemorySize.Word, R10, Number, page);
        GoTo(missing);
    }
}
