using Skep.Filter.Compile;
using Skep.Filter.Model;

namespace Skep.Filter.Tests.Cost;

/// <summary>Reading and compiling a long list costs about as much as it is long.</summary>
public sealed class RuleListCostTests
{
    public static TheoryData<ListShape> Shapes => [.. Enum.GetValues<ListShape>()];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Check(ListShape shape) => Growth.AssertAboutLinear(4000,
        n => ListGenerator.Table(new ListGenerator(3).Make(shape, n)), text => Assert.NotNull(Rules.Read(text).Table));

    [Theory]
    [InlineData(ListShape.Exact)]
    [InlineData(ListShape.AccessList)]
    public void Compile(ListShape shape) => Growth.AssertAboutLinear(4000,
        n => Rules.Read(ListGenerator.Table(new ListGenerator(3).Make(shape, n))).Table!,
        table => Assert.NotEmpty(FilterCompiler.Compile(Interfaces.MakeUp(table)).Instructions));

    /// <summary>What no few masks serve is given up in time, also where bits of rows cannot be searched.</summary>
    [Theory]
    [InlineData(ListShape.Crossing, ClassifierMemory.Array)]
    [InlineData(ListShape.Lengths, ClassifierMemory.Arena)]
    [InlineData(ListShape.Firewall, ClassifierMemory.Array)]
    public void Choose_tables(ListShape shape, ClassifierMemory memory) => Growth.AssertAboutLinear(1000,
        n => Rules.Read(ListGenerator.Table(new ListGenerator(3).Make(shape, n))).Table!,
        table => Assert.NotEmpty(FilterPlan.Of(table, table.Rules.Count, memory: memory).Maps));
}
