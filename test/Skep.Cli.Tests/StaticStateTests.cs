using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Skep.Cli.Tests;

public sealed class StaticStateTests
{
    private const string Types = """
        using System; using System.Collections.Generic;
        sealed class Cache { private readonly Lazy<int> _value = new(() => 1); }
        sealed class Holder { public Cache Cache { get; init; } = new(); }
        sealed class Counter { public int Count; }
        sealed record Fact(string Name, int[] Values);
        """;

    [Theory]
    [InlineData("static int A;", true)]
    [InlineData("static int A { get; set; }", true)]
    [InlineData("static event Action A;", true)]
    [InlineData("static readonly Lazy<int> A = new(() => 1);", true)]
    [InlineData("static Cache A { get; } = new();", true)]
    [InlineData("static readonly Holder A = new();", true)]
    [InlineData("static Counter A { get; } = new();", true)]
    [InlineData("[ThreadStatic] static bool A;", true)]
    [InlineData("static Cache A => new();", false)]
    [InlineData("const int A = 1;", false)]
    [InlineData("static readonly int[] A = [1];", false)]
    [InlineData("static readonly Dictionary<string, int> A = new() { [\"a\"] = 1 };", false)]
    [InlineData("static Fact A { get; } = new(\"a\", []);", false)]
    public void State_that_may_change_is_found(string member, bool changes)
    {
        SyntaxTree tree = CSharpSyntaxTree.ParseText(
            $"{Types} class Declaring {{ {member} }}", cancellationToken: TestContext.Current.CancellationToken);
        IEnumerable<MetadataReference> references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':')
            .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            "one", [tree], references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        SyntaxNode root = tree.GetRoot(TestContext.Current.CancellationToken);
        Assert.Equal(changes ? ["A"] : [], StaticState.Changing(root, compilation.GetSemanticModel(tree)));
    }
}
