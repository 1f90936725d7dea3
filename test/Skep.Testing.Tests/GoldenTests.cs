namespace Skep.Testing.Tests;

/// <summary>The update switch writes what a test finds, and fails the test all the same.</summary>
public sealed class GoldenTests
{
    private const string FileVariable = "SKEP_GOLDEN_OF_A_TEST";

    [Fact(Explicit = true)]
    public void Finds_another_text() => Golden.AssertText(Environment.GetEnvironmentVariable(FileVariable)!, "found\n");

    [Fact(Explicit = true)]
    public void Finds_another_line() => Golden.AssertLine(Environment.GetEnvironmentVariable(FileVariable)!, "second", "found");

    [Theory]
    [InlineData(nameof(Finds_another_text), "found\n")]
    [InlineData(nameof(Finds_another_line), "first\nfound\n")]
    public void A_golden_is_written_only_with_the_switch(string test, string updated)
    {
        const string before = "first\nsecond\n";
        using var scratch = new Scratch();
        string file = scratch.Write("golden", before);
        Assert.NotEqual(0, InnerRun.Of(test, (FileVariable, file)).Code);
        Assert.Equal(before, File.ReadAllText(file));
        Outcome updating = InnerRun.Of(test, (FileVariable, file), ("UPDATE_GOLDENS", "1"));
        Assert.NotEqual(0, updating.Code);
        Assert.Contains($"{file} is updated", updating.Output, StringComparison.Ordinal);
        Assert.Equal(updated, File.ReadAllText(file));
    }

    [Fact]
    public void A_golden_lies_beside_the_source_of_its_test() =>
        Assert.Equal(Repository.File("test/Skep.Testing.Tests/Golden/text"), Golden.Beside("Golden/text"));
}
