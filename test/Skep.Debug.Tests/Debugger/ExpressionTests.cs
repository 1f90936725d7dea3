using Skep.Bpf;
using Skep.Debug.Debugger.Expressions;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Image;
using Skep.Isa;

namespace Skep.Debug.Tests.Debugger;

/// <summary>Expressions bind and compute as those of C.</summary>
public sealed class ExpressionTests
{
    [Theory]
    [InlineData("1 + 2 * 3", 7UL)]
    [InlineData("(1 + 2) * 3", 9UL)]
    [InlineData("10 - 2 - 3", 5UL)]
    [InlineData("1 << 4 + 1", 32UL)]
    [InlineData("0x10 | 1 ^ 3 & 2", 0x13UL)]
    [InlineData("1 == 1 && 2 != 2", 0UL)]
    [InlineData("1 < 2 || 1 / 0", 1UL)]
    [InlineData("0 && 1 / 0", 0UL)]
    [InlineData("!0 + ~0", 0UL)]
    [InlineData("-1 > 0", 1UL)]
    [InlineData("7 % 4 >= 3", 1UL)]
    [InlineData("256 >> 4 <= 16", 1UL)]
    [InlineData("r0 + 1", 0x1_0000_0006UL)]
    [InlineData("$w0", 5UL)]
    [InlineData("*(u32 *)(r10 - 8)", 0xffff_fff0UL)]
    [InlineData("*(s32 *)(r10 - 8)", 0xffff_ffff_ffff_fff0UL)]
    [InlineData("*(u8 *)(r10 - 8) == 0xf0", 1UL)]
    [InlineData("$step", 3UL)]
    public void They_have_a_value(string text, ulong value)
    {
        Assert.True(ExpressionParser.TryParse(text, out Expression? expression, out string? mistake), mistake);
        Assert.Equal(value, expression.Evaluate(Machine()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1 +")]
    [InlineData("(1")]
    [InlineData("1 2")]
    [InlineData("r11")]
    [InlineData("x")]
    [InlineData("*(u33 *)r1")]
    [InlineData("1 = 2")]
    public void Others_are_mistakes(string text)
    {
        Assert.False(ExpressionParser.TryParse(text, out _, out string? mistake));
        Assert.NotEmpty(mistake);
    }

    [Fact]
    public void Deep_nesting_is_refused() =>
        Assert.False(ExpressionParser.TryParse(new string('(', 100_000) + "1", out _, out _));

    [Fact]
    public void Long_texts_are_refused() =>
        Assert.False(ExpressionParser.TryParse(string.Concat(Enumerable.Repeat("1+", 1_000_000)) + "1", out _, out _));

    [Theory]
    [InlineData("r3")]
    [InlineData("1 / 0")]
    [InlineData("*0")]
    public void Some_have_no_value(string text)
    {
        Assert.True(ExpressionParser.TryParse(text, out Expression? expression, out string? mistake), mistake);
        Assert.Throws<ExpressionException>(() => expression.Evaluate(Machine()));
    }

    // r0 = 0x1_0000_0005; *(u32 *)(r10 - 8) = -16; then the exit.
    private static BpfMachine Machine()
    {
        Instruction[] code =
        [
            new(0x18, 0, 0, 0, 5), new(0, 0, 0, 0, 1), new(0x62, 10, 0, -8, -16), new(0xbf, 1, 0, 0, 0), new(0x95, 0, 0, 0, 0),
        ];
        var machine = new BpfMachine([ProgramImage.Of("test", BpfProgramType.RawTracepoint, code)]);
        machine.Start(new MachineInput { Context = new byte[8] });
        machine.Run(3);
        return machine;
    }
}
