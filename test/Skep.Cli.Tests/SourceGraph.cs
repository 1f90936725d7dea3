using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Skep.Cli.Tests;

/// <summary>Which folders of src use which: an edge for each name in a file that is declared in a file of another folder.</summary>
internal sealed class SourceGraph
{
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; "
        + "global using System.Threading; global using System.Threading.Tasks;";

    private readonly Dictionary<string, Dictionary<string, string>> _uses = [];

    /// <summary>The folders below src: <c>Skep.Bpf/Maps</c>.</summary>
    public IReadOnlyCollection<string> Folders => _uses.Keys;

    /// <summary>Static fields and properties that may change: <see cref="StaticState"/>.</summary>
    public List<string> ChangingStatics { get; } = [];

    /// <param name="root">The root of the repository, built: the generated sources are read too.</param>
    public static SourceGraph Read(string root)
    {
        var graph = new SourceGraph();
        var options = new CSharpParseOptions(LanguageVersion.Preview, DocumentationMode.Diagnose);
        string sources = Path.Combine(root, "src"), generated = Path.Combine(root, "out", "generated");
        IEnumerable<string> files =
            ((string[])[sources, generated]).SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories));
        SyntaxTree[] trees = [.. files.Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file), options, file))];
        IEnumerable<SyntaxTree> globals =
            Directory.EnumerateDirectories(generated).Select(Path.GetFileName).Where(name => name != "Skep.Bpf")
            .Select(name => $"global using {name}.Layouts;").Append(ImplicitUsings)
            .Select(text => CSharpSyntaxTree.ParseText(text, options));
        IEnumerable<MetadataReference> references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':')
            .Where(path => !Path.GetFileName(path).StartsWith("skep", StringComparison.OrdinalIgnoreCase))
            .Select(path => MetadataReference.CreateFromFile(path));
        CSharpCompilation compilation = CSharpCompilation.Create("sources", [.. trees, .. globals], references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
        foreach (SyntaxTree tree in trees.Where(tree => tree.FilePath.StartsWith(sources, StringComparison.Ordinal)))
            graph.Add(sources, tree, compilation.GetSemanticModel(tree));
        return graph;
    }

    /// <summary>Groups of folders that use each other, each with the uses that close it.</summary>
    public IEnumerable<string> Cycles()
    {
        Dictionary<string, HashSet<string>> reached = Folders.ToDictionary(folder => folder, Reached);
        foreach ((string from, Dictionary<string, string> uses) in _uses)
            foreach ((string to, string example) in uses)
                if (reached[to].Contains(from)) yield return $"{from} -> {to}: {example}";
    }

    private HashSet<string> Reached(string folder)
    {
        var reached = new HashSet<string>();
        var open = new Stack<string>([folder]);
        while (open.TryPop(out string? at))
            foreach (string next in _uses[at].Keys)
                if (reached.Add(next)) open.Push(next);
        return reached;
    }

    private void Add(string sources, SyntaxTree tree, SemanticModel model)
    {
        string folder = FolderOf(sources, tree.FilePath);
        if (!_uses.TryGetValue(folder, out Dictionary<string, string>? uses)) _uses[folder] = uses = [];
        SyntaxNode unit = tree.GetRoot();
        foreach (SimpleNameSyntax name in unit.DescendantNodes(descendIntoTrivia: true).OfType<SimpleNameSyntax>())
        {
            if (name.FirstAncestorOrSelf<UsingDirectiveSyntax>() is not null) continue;
            foreach (SyntaxReference declaration in Declarations(model, name))
            {
                string file = declaration.SyntaxTree.FilePath;
                if (!file.StartsWith(sources, StringComparison.Ordinal)) continue;
                string used = FolderOf(sources, file);
                if (!_uses.ContainsKey(used)) _uses[used] = [];
                if (used != folder)
                    uses.TryAdd(used, $"{Path.GetFileName(tree.FilePath)} uses {name.Identifier.Text} of {Path.GetFileName(file)}");
                break;
            }
        }

        string declaring = Path.GetFileNameWithoutExtension(tree.FilePath);
        ChangingStatics.AddRange(StaticState.Changing(unit, model).Select(name => $"{declaring}.{name}"));
    }

    private static IEnumerable<SyntaxReference> Declarations(SemanticModel model, SimpleNameSyntax name)
    {
        SymbolInfo info = model.GetSymbolInfo(name);
        ISymbol? symbol = info.Symbol ?? info.CandidateSymbols.FirstOrDefault();
        return symbol is null or INamespaceSymbol ? [] : symbol.OriginalDefinition.DeclaringSyntaxReferences;
    }

    private static string FolderOf(string sources, string file) => Path.GetRelativePath(sources, Path.GetDirectoryName(file)!);
}
